import type { BranchOrigin, BranchRow } from '../checkpoint/branch-row.ts'
import { EverthreadError } from '../errors.ts'
import { knownOptions } from '../known-options.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { findPoint, forked, freeName, headOf, left, nameFor } from './branch-changes.ts'
import { type ForkPoint, pointAt, savedPoint } from './fork-point.ts'
import type { PlannedChange, ViewChanges } from './view-changes.ts'
import { needBranch, type ViewState } from './view-state.ts'

export interface Branch {
  name: string
  /** Whether it is the one that is seen. */
  current: boolean
  /** Store time, ms since the epoch. */
  createdAt: number
  /** What it was made from; neither: from the beginning. */
  from: BranchOrigin
  /** How many messages it has; of a branch that is not current, as of when it last was. */
  messages: number
}

export interface Fork {
  /** The id of a message, the last one that the fork has, or of a checkpoint. */
  from: string
  /** Default: `fork-1`, `fork-2`, ... */
  name?: string
}

/** Named heads in the session's history. A fork copies nothing: it costs a row or two, however long the history. */
export class SessionBranches {
  readonly #desk: TurnDesk
  readonly #changes: ViewChanges

  constructor(desk: TurnDesk, changes: ViewChanges) {
    this.#desk = desk
    this.#changes = changes
  }

  /** In the order in which they were made. */
  async list(): Promise<Branch[]> {
    const state = await this.#changes.read()
    return state ? [...state.branches.values()].map(({ id, row }) => branchOf(state, id, row)) : []
  }

  /**
   * Makes a branch whose history goes up to and including a message, or is that of a checkpoint. What is seen stays:
   * {@link switch} goes there.
   *
   * @throws `FORK_INVALID`, `FORK_POINT_NOT_FOUND`, `BRANCH_NAME_INVALID`, `BRANCH_EXISTS`, `BRANCHES_TOO_MANY`, `SESSION_NOT_FOUND`,
   * `SESSION_ARCHIVED`, `SESSION_EXPIRED`
   */
  async fork(fork: Fork): Promise<Branch> {
    const { from, name } = knownOptions(fork, ['from', 'name'], 'FORK_INVALID', 'what to fork')
    return this.#changes.change(async (state) => {
      const { point, origin } = await this.#pointOf(state, from)
      const { planned, id, row } = forked(this.#desk, point, { name: nameFor(state, name, 'fork'), from: origin })
      return { planned, result: branchOf(state, id, row) }
    })
  }

  /**
   * Makes a branch the one that is seen; {@link Session.undo} goes back.
   *
   * @throws `BRANCH_NOT_FOUND`, `SESSION_NOT_FOUND`, `SESSION_ARCHIVED`, `SESSION_EXPIRED`
   */
  switch(name: string): Promise<void> {
    return this.#changes.change(async (state) => {
      const planned = await switchedTo(this.#desk, state, needBranch(state, name).id)
      return { planned: planned && { ...planned, log: { kind: 'switch' } }, result: undefined }
    })
  }

  /** @throws `BRANCH_NOT_FOUND`, `BRANCH_NAME_INVALID`, `BRANCH_EXISTS` */
  rename(from: string, to: string): Promise<void> {
    return this.#changes.change(async (state) => {
      const { id, row } = needBranch(state, from)
      const name = from === to ? from : freeName(state, to)
      return { planned: { branches: new Map([[id, { ...row, name }]]) }, result: undefined }
    })
  }

  /**
   * Ends a branch that is not the current one. Its messages stay in `messages.list({ removed: true })`.
   *
   * @throws `BRANCH_NOT_FOUND`, `BRANCH_CURRENT`
   */
  delete(name: string): Promise<void> {
    return this.#changes.change(async (state) => {
      const { id } = needBranch(state, name)
      if (id === state.view.branch) {
        throw new EverthreadError('BRANCH_CURRENT', 'Switch to another branch before you delete this one')
      }
      return { planned: { branches: new Map([[id, undefined]]) }, result: undefined }
    })
  }

  async #pointOf(state: ViewState, from: unknown): Promise<{ point: ForkPoint; origin: BranchOrigin }> {
    const { engine, partition } = this.#desk
    if (typeof from === 'string' && from !== '') {
      const point = await findPoint(this.#desk, state, from)
      if (point) return { point, origin: { message: from } }
      const source = { engine, session: partition.id }
      const saved = await savedPoint(source, from)
      if (saved) return { point: saved, origin: { checkpoint: from } }
      const loaded = await engine.load(partition.id, '', from)
      if (loaded) return { point: await pointAt(source, loaded), origin: { checkpoint: from } }
    }
    const message = 'Give the id of a message in one of the branches, or of a checkpoint: there is none with this one'
    throw new EverthreadError('FORK_POINT_NOT_FOUND', message)
  }
}

/** Undefined when it is the current one already. */
export async function switchedTo(desk: TurnDesk, state: ViewState, id: string): Promise<PlannedChange | undefined> {
  if (id === state.view.branch) return undefined
  const branch = needBranchById(state, id)
  const [leftId, leftRow] = left(state)
  const branches = new Map<string, BranchRow | undefined>([
    [leftId, leftRow],
    [id, { ...branch.row, head: undefined }],
  ])
  const head = headOf(state, branch)
  const view = { branch: id }
  if (!head) return { branches, view, move: { put: desk.content.emptyTip() } }
  const messages = await desk.content.countAt(head)
  return { branches, view, move: { to: head, messages } }
}

function needBranchById(state: ViewState, id: string) {
  const branch = state.branches.get(id)
  if (branch) return branch
  throw new EverthreadError('BRANCH_NOT_FOUND', 'The branch that was seen before has been deleted: list the branches')
}

function branchOf({ view, session }: ViewState, id: string, { name, createdAt, from, messages }: BranchRow): Branch {
  const current = id === view.branch
  return { name, current, createdAt, from, messages: current ? session.counts.messages : messages }
}
