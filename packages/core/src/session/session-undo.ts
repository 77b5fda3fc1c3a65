import type { BranchRow } from '../checkpoint/branch-row.ts'
import type { Op } from '../contract/store.ts'
import type { TurnDesk } from '../turn/desk.ts'
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

/** Takes back the newest change of the view that still stands; undefined: there is none. */
export function undoChange(desk: TurnDesk, changes: ViewChanges): Promise<Undone | undefined> {
  return changes.change(async (state) => {
    const last = await lastStanding(desk)
    if (!last) return { planned: undefined, result: undefined }
    const { number, change } = last
    const { kind, at } = change
    return {
      planned: { ...(await before(desk, state, change)), log: { kind: 'undo', of: number } },
      result: { kind, at },
    }
  })
}

/** What brings the view back to what it was before a change. */
async function before(desk: TurnDesk, state: ViewState, change: ViewChange): Promise<PlannedChange> {
  const ops = change.rows.map(
    ([key, text]): Op => (text === null ? { del: key } : { put: key, value: encodeText(text) }),
  )
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

/** Entries from the newest on, without those that an undo has taken back. */
async function lastStanding({
  store,
  partition,
}: TurnDesk): Promise<{ number: number; change: ViewChange } | undefined> {
  const undone = new Set<number>()
  let to: string | undefined
  for (;;) {
    const range = { prefix: changePrefix, reverse: true, limit: PAGE, ...(to === undefined ? {} : { to }) }
    const { rows, more } = await store.read(partition, [range])
    for (const row of rows[0] ?? []) {
      const number = Number(row.key.slice(changePrefix.length))
      const change = changeIn(row)
      if (change.of !== undefined) undone.add(change.of)
      else if (!undone.has(number)) return { number, change }
    }
    if (!more[0]) return undefined
    to = rows[0]?.at(-1)?.key
  }
}
