import { BRANCHES_PREFIX, type BranchRow, parseBranch } from '../checkpoint/branch-row.ts'
import { SESSION_KEY, tipPrefix } from '../checkpoint/layout.ts'
import { seenTip } from '../checkpoint/learn.ts'
import { assertOwner, type Owner } from '../checkpoint/session-change.ts'
import { parseSession, type SessionRow } from '../checkpoint/session-row.ts'
import { MAIN } from '../checkpoint/standing.ts'
import { parseStored } from '../checkpoint/stored.ts'
import type { SeenTip } from '../checkpoint/thread.ts'
import { lastSegment } from '../contract/key.ts'
import type { Partition, Row, Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { decodeText, VIEW_KEY } from './rows.ts'
import { type ViewRow, viewOf } from './view-row.ts'

export interface SeenBranch {
  id: string
  /** 0: it has no row, as the first one before there are others. */
  rev: number
  row: BranchRow
}

/** Everything of a session that says what is seen of it, as of one moment. */
export interface ViewState {
  session: SessionRow
  view: ViewRow
  viewRev: number
  /** Undefined while nothing has been written. */
  tip: SeenTip | undefined
  /** By id, in the order in which they were made. */
  branches: ReadonlyMap<string, SeenBranch>
}

/** A session's branches are bounded: each is a name that somebody gave. */
export const MAX_BRANCHES = 1_000

/** Undefined when there is no session. */
export async function readView(
  { store, partition }: { store: Store; partition: Partition },
  owner: Owner | undefined,
): Promise<ViewState | undefined> {
  const { rows } = await store.read(partition, [
    { get: [SESSION_KEY, VIEW_KEY] },
    { prefix: tipPrefix(''), limit: 1 },
    { prefix: BRANCHES_PREFIX, limit: MAX_BRANCHES + 1 },
  ])
  const session = sessionIn(rows[0] ?? [])
  assertOwner(session, owner)
  if (!session) return undefined
  const viewRow = rows[0]?.find(({ key }) => key === VIEW_KEY)
  const tipRow = rows[1]?.[0]
  return {
    session,
    view: viewOf(viewRow),
    viewRev: viewRow?.rev ?? 0,
    tip: tipRow && seenTip(tipRow),
    branches: branchesIn(rows[2] ?? [], session, viewOf(viewRow).branch === MAIN),
  }
}

export function sessionIn(rows: readonly Row[]): SessionRow | undefined {
  const row = rows.find(({ key }) => key === SESSION_KEY)
  return row && parseStored('session', () => parseSession(decodeText(row)))
}

/** The first branch has no row before there are others. */
function branchesIn(rows: readonly Row[], { createdAt, counts }: SessionRow, onMain: boolean): Map<string, SeenBranch> {
  const main: SeenBranch = {
    id: MAIN,
    rev: 0,
    row: { name: MAIN, createdAt, from: {}, head: undefined, messages: counts.messages },
  }
  const found = rows.map((row) => ({ id: lastSegment(row.key), rev: row.rev, row: parseBranch(decodeText(row)) }))
  found.sort((a, b) => a.row.createdAt - b.row.createdAt || Number(b.id === MAIN) - Number(a.id === MAIN))
  return new Map([...(onMain ? [main] : []), ...found].map((branch) => [branch.id, branch]))
}

export function branchNamed({ branches }: ViewState, name: string): SeenBranch | undefined {
  return [...branches.values()].find(({ row }) => row.name === name)
}

/** @throws `BRANCH_NOT_FOUND` */
export function needBranch(state: ViewState | undefined, name: unknown): SeenBranch {
  const branch = state && typeof name === 'string' ? branchNamed(state, name) : undefined
  if (branch) return branch
  throw new EverthreadError(
    'BRANCH_NOT_FOUND',
    `There is no branch ${typeof name === 'string' ? JSON.stringify(name.slice(0, 80)) : 'without a name'}: list them`,
  )
}
