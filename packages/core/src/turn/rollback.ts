import { unpackAppended } from '../checkpoint/appended.ts'
import { readAll } from '../checkpoint/paging.ts'
import type { SessionContent } from '../session/session-content.ts'
import type { TurnDesk } from './desk.ts'
import type { LeaseHolder } from './lease-holder.ts'
import { recordOf, type TurnRecord } from './record.ts'
import { turnKey } from './rows.ts'
import { beforePrefix, restoreData } from './turn-data.ts'

const PAGE_ROWS = 1_000

/**
 * Moves the tip back to where the first of these turns had started, and the data back to what they found. Turns that were complete before they could be
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
  const [first, ...later] = ended.sort((a, b) => a.startedAt - b.startedAt)
  if (!first) return
  const appended = unpackAppended(first)
  if (first.startedFrom === null) await content.clear(holder)
  else await desk.engine.moveTip(desk.partition.id, { to: { id: first.startedFrom, appended }, fence: holder })
  content.tipIs(first.startedFrom, appended)
  // The last to be put back is what the first had found.
  for (const { id } of [...later.reverse(), first]) {
    const range = { prefix: beforePrefix(id), limit: PAGE_ROWS }
    const found = await readAll((reads) => desk.store.read(desk.partition, reads), range)
    if (found.length > 0) await desk.engine.commit(desk.partition.id, restoreData(found), holder)
  }
}
