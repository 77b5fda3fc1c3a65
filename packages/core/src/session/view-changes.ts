import { type BranchRow, branchKey, type Head } from '../checkpoint/branch-row.ts'
import { type ExpectedRow, RowsMoved } from '../checkpoint/expected-rows.ts'
import type { Fence } from '../checkpoint/fence.ts'
import type { PutCheckpoint } from '../checkpoint/put-request.ts'
import { assertOpen } from '../checkpoint/session-change.ts'
import type { Standing } from '../checkpoint/standing.ts'
import type { SeenTip } from '../checkpoint/thread.ts'
import type { Op } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { turnAround } from '../turn/active.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { putBranch } from './branch-changes.ts'
import { VIEW_KEY } from './rows.ts'
import { changeKey, encodeChange, encodeView, type ViewChange, type ViewRow } from './view-row.ts'
import { readView, type ViewState } from './view-state.ts'

type Rest = 'ops' | 'expect' | 'branched' | 'standing' | 'owner' | 'fence' | 'namespace' | 'userId' | 'metadata'

/** A checkpoint that a change of the view brings. */
export type ViewPut = Omit<PutCheckpoint, Rest>

/** What a change of the view comes to, all of it in one commit. */
export interface PlannedChange {
  /** Branches that change, by id; undefined ends one. */
  branches?: ReadonlyMap<string, BranchRow | undefined>
  /** What is seen from then on, where it changes. */
  view?: Partial<Omit<ViewRow, 'changes'>>
  /** Where the tip goes, with the number of messages in the history there; undefined: it stays. */
  move?: { to: Head; messages: number } | { put: ViewPut } | undefined
  /** Rows beside it. */
  ops?: readonly Op[]
  expect?: readonly ExpectedRow[]
  /** Of a turn whose doing it is; only of one that brings a checkpoint. */
  fence?: Fence
  /** Told where the view stands then. Default: the turn that the calling code runs in. */
  follow?(standing: Standing): void
  /** To be remembered for undo. */
  log?: Pick<ViewChange, 'kind'> & Partial<ViewChange>
}

const TRIES = 100

/** Of a session in which something stands. */
export type BegunView = ViewState & { tip: SeenTip }

/** Changes what is seen of a session: each change is one commit, planned on what stands, and again if that moves. */
export class ViewChanges {
  readonly #desk: TurnDesk

  constructor(desk: TurnDesk) {
    this.#desk = desk
  }

  read(): Promise<ViewState | undefined> {
    return readView(this.#desk, this.#desk.owner)
  }

  /** Gives what the plan that landed gives beside itself. */
  async change<T>(plan: (state: ViewState) => Promise<{ planned: PlannedChange | undefined; result: T }>): Promise<T> {
    for (let tries = 0; tries < TRIES; tries++) {
      const state = await this.begun()
      const { planned, result } = await plan(state)
      if (!planned) return result
      try {
        await this.#commit(state, planned)
        return result
      } catch (error) {
        if (!(error instanceof RowsMoved)) throw error
      } finally {
        this.#desk.content.forget()
      }
    }
    throw new EverthreadError('CONFLICT', 'The session was written to all the time: try again', { committed: 'no' })
  }

  /** A view needs a tip to be of. */
  async begun(): Promise<BegunView> {
    for (;;) {
      const state = await this.read()
      if (state?.tip) return { ...state, tip: state.tip }
      await this.#desk.content.begin()
    }
  }

  async #commit(
    state: ViewState,
    { branches = new Map(), view, move, ops = [], expect = [], fence, follow, log }: PlannedChange,
  ): Promise<void> {
    const { engine, partition, owner } = this.#desk
    const rows = [...branches].map(([id, row]): Op => (row ? putBranch(id, row) : { del: branchKey(id) }))
    const changes = state.view.changes + (log ? 1 : 0)
    const next = { ...state.view, ...view, changes }
    const standing = { branch: next.branch, data: next.data }
    const beside = {
      ops: [...rows, ...ops, { put: VIEW_KEY, value: encodeView(next) }, ...(log ? [this.#entry(state, log)] : [])],
      expect: [
        ...expect,
        { key: VIEW_KEY, rev: state.viewRev },
        ...[...branches.keys()].map((id) => ({ key: branchKey(id), rev: state.branches.get(id)?.rev ?? 0 })),
        ...(state.tip ? [{ key: state.tip.key, rev: state.tip.rev }] : []),
      ],
      owner,
    }
    if (!move && branches.size === 0) {
      // Where the history ends does not matter to it: whoever goes on writing there is in nobody's way.
      assertOpen(state.session, undefined)
      await engine.commitRows(partition.id, beside.ops, [...expect, { key: VIEW_KEY, rev: state.viewRev }])
      return
    }
    if (move && 'put' in move) {
      const own = { namespace: '', userId: undefined, metadata: undefined, fence, branched: true as const }
      await engine.put(partition.id, { ...move.put, ...own, ...beside, standing })
    } else {
      const left = new Set([...state.branches.keys(), ...branches.keys()])
      for (const [id, row] of branches) if (!row) left.delete(id)
      await engine.moveTip(partition.id, { ...beside, to: undefined, ...move, branched: left.size > 1, standing })
    }
    // A turn that goes elsewhere itself goes on there.
    if (!view) return
    if (follow) follow(standing)
    else turnAround(this.#desk)?.follow(standing)
  }

  #entry({ view }: ViewState, log: NonNullable<PlannedChange['log']>): Op {
    const before = { branch: view.branch, data: view.data, rows: [], at: Math.floor(this.#desk.engine.now()) }
    return { put: changeKey(view.changes), value: encodeChange({ ...before, ...log }) }
  }
}
