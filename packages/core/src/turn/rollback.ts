import { NONE_APPENDED, unpackAppended } from '../checkpoint/appended.ts'
import { branchText } from '../checkpoint/branch-row.ts'
import { RowsMoved } from '../checkpoint/expected-rows.ts'
import { readAll } from '../checkpoint/paging.ts'
import { FIRST_STANDING, type Standing } from '../checkpoint/standing.ts'
import { EverthreadError } from '../errors.ts'
import { encodeText } from '../session/rows.ts'
import type { SessionContent } from '../session/session-content.ts'
import type { TurnDesk } from './desk.ts'
import type { LeaseHolder } from './lease-holder.ts'
import { recordOf, type TurnRecord } from './record.ts'
import { turnKey } from './rows.ts'
import { beforePrefix, restoreData } from './turn-data.ts'

const PAGE_ROWS = 1_000

/**
 * Moves their branch back to where the first of these turns had started, and the data back to what they found. Turns
 * that were complete before they could be ended stay. `current` is what is seen by now.
 */
export async function rollBack(
  desk: TurnDesk,
  content: SessionContent,
  holder: LeaseHolder,
  turns: readonly string[],
  current: Standing,
): Promise<void> {
  if (turns.length === 0) return
  const { rows } = await desk.store.read(desk.partition, [{ get: turns.map(turnKey) }])
  const ended: TurnRecord[] = (rows[0] ?? []).map(recordOf).filter(({ state }) => state === 'interrupted')
  const [first, ...later] = ended.sort((a, b) => a.startedAt - b.startedAt)
  if (!first) return
  const { branch } = first.standing ?? FIRST_STANDING
  if (branch === current.branch) await rewindTip(desk, content, holder, first)
  else await rewindBranch(desk, content, holder, first, branch)
  // The last to be put back is what the first had found.
  for (const { id } of [...later.reverse(), first]) {
    const range = { prefix: beforePrefix(id), limit: PAGE_ROWS }
    const found = await readAll((reads) => desk.store.read(desk.partition, reads), range)
    if (found.length > 0) await desk.engine.commit(desk.partition.id, restoreData(found), holder)
  }
}

async function rewindTip(
  { engine, partition }: TurnDesk,
  content: SessionContent,
  holder: LeaseHolder,
  first: TurnRecord,
): Promise<void> {
  const appended = unpackAppended(first)
  if (first.startedFrom === null) await content.clear(holder)
  else await engine.moveTip(partition.id, { to: { id: first.startedFrom, appended }, fence: holder })
  content.tipIs(first.startedFrom, appended)
}

/** Somebody has gone to another branch since: that one stays as it is. */
async function rewindBranch(
  { engine, partition }: TurnDesk,
  content: SessionContent,
  holder: LeaseHolder,
  first: TurnRecord,
  branch: string,
): Promise<void> {
  for (;;) {
    try {
      const aside = await engine.branchAside(partition.id, branch)
      if (!aside) return
      const { key, rev, row } = aside
      const { startedFrom } = first
      const head =
        startedFrom === null
          ? { id: row.head.id, appended: NONE_APPENDED }
          : { id: startedFrom, appended: unpackAppended(first) }
      const text = branchText({ ...row, head, messages: await content.countAt(head) })
      await engine.commitRows(partition.id, [{ put: key, value: encodeText(text) }], [{ key, rev }], holder)
      return
    } catch (error) {
      // Of a branch that was deleted there is nothing to take back.
      if (EverthreadError.isInstance(error) && error.code === 'BRANCH_NOT_FOUND') return
      if (!(error instanceof RowsMoved)) throw error
    }
  }
}
