import { randomBytes } from 'node:crypto'
import type { Appended } from '../checkpoint/appended.ts'
import { type BranchOrigin, type BranchRow, branchKey, branchText, type Head } from '../checkpoint/branch-row.ts'
import type { Op } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { type ForkPoint, pointAfter } from './fork-point.ts'
import { encodeText } from './rows.ts'
import type { PlannedChange, ViewPut } from './view-changes.ts'
import { branchNamed, MAX_BRANCHES, type SeenBranch, type ViewState } from './view-state.ts'

const NAME_BYTES = 256

export const newBranchId = (): string => randomBytes(9).toString('base64url')

/** Where a branch stands: the current one at the tip. */
export function headOf({ tip, view }: ViewState, { id, row }: SeenBranch): Head | undefined {
  return id === view.branch ? tip : row.head
}

/** The current branch, as it is once another one takes its place. */
export function left(state: ViewState): [string, BranchRow] {
  const { branches, view, session, tip } = state
  const { row } = branches.get(view.branch) as SeenBranch
  const head = tip && { id: tip.id, appended: tip.appended }
  return [view.branch, { ...row, head, messages: session.counts.messages }]
}

/** The name as it was given, or one of this kind that nobody has: `fork-1`, `fork-2`, ... */
export function nameFor(state: ViewState, name: unknown, kind: string): string {
  if (state.branches.size >= MAX_BRANCHES) {
    throw new EverthreadError('BRANCHES_TOO_MANY', `Delete branches: a session has at most ${MAX_BRANCHES}`)
  }
  if (name !== undefined) return freeName(state, name)
  let number = 1
  while (branchNamed(state, `${kind}-${number}`)) number++
  return `${kind}-${number}`
}

/** @throws `BRANCH_NAME_INVALID`, `BRANCH_EXISTS` */
export function freeName(state: ViewState, name: unknown): string {
  if (typeof name !== 'string' || name.trim() === '' || Buffer.byteLength(name) > NAME_BYTES) {
    throw new EverthreadError('BRANCH_NAME_INVALID', `Give a branch a name of 1 to ${NAME_BYTES} bytes`)
  }
  if (branchNamed(state, name)) {
    throw new EverthreadError('BRANCH_EXISTS', `There is a branch ${JSON.stringify(name)}: give another name`)
  }
  return name
}

/** A branch from a point, beside the current one, with messages behind what is behind the point. */
export function forked(
  desk: TurnDesk,
  point: ForkPoint,
  { name, from, messages = [] }: { name: string; from: BranchOrigin; messages?: readonly unknown[] },
): { planned: PlannedChange; id: string; row: BranchRow } {
  const id = newBranchId()
  const checkpoint = desk.content.nextId()
  const row: BranchRow = {
    name,
    createdAt: Math.floor(desk.engine.now()),
    from,
    head: { id: checkpoint, appended: point.behind },
    messages: point.messages + messages.length,
  }
  const put: ViewPut = { ...copyAt(checkpoint, point), stands: 'aside' }
  if (messages.length === 0) return { planned: { branches: new Map([[id, row]]), move: { put } }, id, row }
  const rows = (appended: Appended): Op[] => [putBranch(id, { ...row, head: { id: checkpoint, appended } })]
  return { planned: { move: { put: { ...put, beside: { messages, after: point.behind, rows } } } }, id, row }
}

/** A checkpoint that holds what a point does. */
export function copyAt(id: string, { copyOf, header, changed }: ForkPoint): ViewPut {
  const all = { emptied: new Set<string>(), carries: () => true, needsParent: true }
  return { id, parentId: undefined, copyOf, header, changed, ...all }
}

export const putBranch = (id: string, row: BranchRow): Op => ({
  put: branchKey(id),
  value: encodeText(branchText(row)),
})

/** Of all branches, the current one first. */
export async function findPoint(desk: TurnDesk, state: ViewState, message: string): Promise<ForkPoint | undefined> {
  const source = { engine: desk.engine, session: desk.partition.id }
  const current = state.branches.get(state.view.branch) as SeenBranch
  for (const branch of new Set([current, ...state.branches.values()])) {
    const head = headOf(state, branch)
    const point = head && (await pointAfter(source, head, message))
    if (point) return point
  }
  return undefined
}
