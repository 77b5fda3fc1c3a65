import type { SessionContent } from '../session/session-content.ts'
import type { TurnDesk } from './desk.ts'
import type { LeaseHolder } from './lease-holder.ts'
import { recordOf, type TurnRecord } from './record.ts'
import { turnKey } from './rows.ts'

/**
 * Moves the tip back to where the first of these turns had started. Turns that were complete before they could be
 * ended stay.
 */
export async function rollBack(
  desk: TurnDesk,
  content: SessionContent,
  holder: LeaseHolder,
  turns: readonly string[],
): Promise<void> {
  if (turns.length === 0) return
  const { rows } = await desk.store.read(desk.partition, [{ get: turns.map(turnKey) }])
  const ended: TurnRecord[] = (rows[0] ?? []).map(recordOf).filter(({ state }) => state === 'interrupted')
  const [first] = ended.sort((a, b) => a.startedAt - b.startedAt)
  if (!first) return
  if (first.startedFrom === null) return content.clear(holder)
  await desk.engine.moveTip(desk.partition.id, '', first.startedFrom, holder)
  content.tipIs(first.startedFrom)
}
