import { randomUUID } from 'node:crypto'
import { isMessage } from './classes.ts'

/**
 * Gives the messages in a write to the messages channel the ids that the reducer would give them later, in place:
 * so what is stored now is what the channel will hold.
 */
export function giveMessageIds(written: unknown): void {
  for (const value of Array.isArray(written) ? written : [written]) {
    if (!isMessage(value) || (value.id !== undefined && value.id !== null)) continue
    value.id = randomUUID()
    value.lc_kwargs.id = value.id
  }
}
