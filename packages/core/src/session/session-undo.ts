import type { BranchRow } from '../checkpoint/branch-row.ts'
import type { Key, Op } from '../contract/store.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { endedPlans, PRUNE } from './context-rows.ts'
import { encodeText } from './rows.ts'
import { switchedTo } from './session-branches.ts'
import type { PlannedChange, ViewChanges } from './view-changes.ts'
import { changeIn, changePrefix, type ViewChange } from './view-row.ts'
import type { ViewState } from './view-state.ts'

/** What was taken back. */
export interface Undone {
  /** `switch`, `reset`, `restore`, or what others have recorded: a compaction, a plan. */
  kind: string
  /** When it had been done: store time, ms since the epoch. */
  at: number
}

const PAGE = 100

/** A change that an undo goes back to before, taking along all that came after it. */
interface Target {
  number: number
  change: ViewChange
  /** As they were before it. */
  rows: ReadonlyMap<Key, string | null>
}

/**
 * Takes back the newest change of the view that still stands; undefined: there is none. `asked`: the newest that somebody
 * asked for, and with it the plans that contexts were made by since; a plan only where there is nothing else.
 */
export function undoChange(desk: TurnDesk, changes: ViewChanges, asked: boolean): Promise<Undone | undefined> {
  return changes.change(async (state) => {
    const last = await lastStanding(desk, asked)
    if (!last) return { planned: undefined, result: undefined }
    const { kind, at } = last.change
    return {
      planned: { ...(await before(desk, state, last)), log: { kind: 'undo', of: last.number } },
      result: { kind, at },
    }
  })
}

/** What brings the view back to what it was before a change. */
async function before(desk: TurnDesk, state: ViewState, { change, rows }: Target): Promise<PlannedChange> {
  const ops = [...rows].map(([key, text]): Op => (text === null ? { del: key } : { put: key, value: encodeText(text) }))
  ops.push(...(await endedPlans(desk, rows)))
  const switched = await switchedTo(desk, state, change.branch)
  const branches = new Map<string, BranchRow | undefined>(switched?.branches ?? [])
  const { made } = change
  if (made && isUnused(state, made)) branches.set(made.branch, undefined)
  return { ...switched, ops, branches, view: { branch: change.branch, data: change.data } }
}

/** Whether the branch that a change made is as it was made: nothing has been written there. */
function isUnused({ view, tip }: ViewState, made: NonNullable<ViewChange['made']>): boolean {
  return made.branch === view.branch && tip?.id === made.checkpoint && tip.appended.runs.length === 0
}

/** Looks from the newest entry on, past those that an undo has taken back: what it is of, and all after that. */
async function lastStanding({ store, partition }: TurnDesk, asked: boolean): Promise<Target | undefined> {
  const rowsBefore = new Map<Key, string | null>()
  let newest: Target | undefined
  let undoneFrom = Number.POSITIVE_INFINITY
  let to: string | undefined
  for (;;) {
    const range = { prefix: changePrefix, reverse: true, limit: PAGE, ...(to === undefined ? {} : { to }) }
    const { rows, more } = await store.read(partition, [range])
    for (const row of rows[0] ?? []) {
      const number = Number(row.key.slice(changePrefix.length))
      if (number >= undoneFrom) continue
      const change = changeIn(row)
      if (change.of !== undefined) {
        undoneFrom = change.of
        continue
      }
      for (const [key, text] of change.rows) rowsBefore.set(key, text)
      const target = { number, change, rows: new Map(rowsBefore) }
      if (!asked || change.kind !== PRUNE) return target
      newest ??= target
    }
    if (!more[0]) return newest
    to = rows[0]?.at(-1)?.key
  }
}
