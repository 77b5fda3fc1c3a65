import { EverthreadError } from '../errors.ts'
import type { Desk } from './desk.ts'
import { TAKEN_ALONG } from './layout.ts'
import type { SessionRow } from './session-row.ts'
import type { MovedRow } from './stage.ts'

export interface DumpedSession {
  row: SessionRow
  /** Store time of the dump, ms. */
  now: number
  /** Throws {@link SessionChanged} at its end when the session was written to meanwhile. */
  rows: AsyncGenerator<MovedRow>
}

/** Rows that were read one after the other may not belong together. */
export class SessionChanged extends EverthreadError {
  constructor() {
    super('CONFLICT', 'The session was written to all the time: do this when it is idle')
  }
}

/**
 * All that a session is made of.
 *
 * @throws `SESSION_NOT_FOUND`
 */
export async function dumpSession({ reader, thread }: Desk): Promise<DumpedSession> {
  const { now } = await reader.session(thread)
  const before = thread.session
  if (!before) throw new EverthreadError('SESSION_NOT_FOUND', 'There is no such session to copy')
  async function* rows(): AsyncGenerator<MovedRow> {
    for (const prefix of TAKEN_ALONG) {
      for await (const { key, value, until } of reader.range(thread, prefix)) {
        yield until === undefined ? { key, value } : { key, value, ttlMs: Math.max(1, until - now) }
      }
    }
    await reader.session(thread)
    if (thread.session?.rev !== before?.rev) throw new SessionChanged()
  }
  return { row: before.row, now, rows: rows() }
}
