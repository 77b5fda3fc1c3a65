import { mismatch } from '../context/apply-plan.ts'
import { type CompactedView, summaryId, summaryText, type ViewForm } from '../context/compaction/compacted-view.ts'
import type { Lens } from '../context/lens.ts'
import type { Pinned, PruneOptions } from '../context/options.ts'
import type { PrunePlan } from '../context/plan.ts'
import { type Pruned, prune } from '../context/prune.ts'
import { EverthreadError } from '../errors.ts'
import type { TurnDesk } from '../turn/desk.ts'
import {
  CONTEXT_KEY,
  type ContextRecord,
  continuePlan,
  type KnownRows,
  PRUNE,
  planOps,
  readContext,
} from './context-rows.ts'
import type { ViewChanges } from './view-changes.ts'

/** A history through its compactions, and what is recorded of its context. */
export interface SeenContext<M> {
  view: CompactedView<M>
  record: ContextRecord
}

const TRIES = 20

/** The last summary that each session was seen through. */
const summaries = new WeakMap<TurnDesk, { id: string; lens: string; message: unknown }>()

/** The last plan of each session that cut nothing: there is nothing to record of it. */
const uncutPlans = new WeakMap<TurnDesk, PrunePlan>()

/** Plans contexts, records the plans, and goes on from those that stand. */
export class ContextBuilder {
  readonly #desk: TurnDesk
  readonly #changes: ViewChanges
  readonly #known: KnownRows

  constructor(desk: TurnDesk, changes: ViewChanges, known: KnownRows) {
    this.#desk = desk
    this.#changes = changes
    this.#known = known
  }

  /** @param see - looks at the session, again when somebody changed its context meanwhile */
  async build<M>(
    options: PruneOptions<M> & { lens: Lens<M> },
    dryRun: boolean,
    see: () => Promise<SeenContext<M>>,
  ): Promise<Pruned<M>> {
    for (let tries = 0; tries < TRIES; tries++) {
      const { view, record } = await see()
      const previousPlan = planFor(view, record, options.lens)
      const given = { now: this.#desk.engine.now(), ...options, pinned: withSummary(options, view) }
      const pruned = previousPlan
        ? prune(view.messages, { ...given, previousPlan })
        : (this.#uncut(view, given) ?? prune(view.messages, given))
      if (!previousPlan && pruned.plan.edits.length === 0) uncutPlans.set(this.#desk, pruned.plan)
      if (dryRun) return pruned
      if (previousPlan ? sameEdits(previousPlan, pruned.plan) : pruned.plan.edits.length === 0) {
        if (previousPlan) continuePlan(this.#known, record, pruned.plan)
        return pruned
      }
      if (await this.#record(record, pruned.plan)) return pruned
    }
    throw new EverthreadError('CONFLICT', 'The context was changed all the time: try again', { committed: 'no' })
  }

  /**
   * What nothing was cut of the last time, and is not now: with a budget alone, that is known by what is new. Policies
   * may want to cut something at any length.
   */
  #uncut<M>(view: CompactedView<M>, given: PruneOptions<M> & { lens: Lens<M> }): Pruned<M> | undefined {
    const plan = uncutPlans.get(this.#desk)
    if (!plan || plan.lens !== given.lens.name || given.policy !== undefined || given.tools !== undefined)
      return undefined
    if (mismatch(view.messages, plan, given.lens) !== undefined) return undefined
    const pruned = prune(view.messages, { ...given, previousPlan: plan })
    const { edits, fits, replanned } = pruned.receipt
    return edits.length === 0 && fits && !replanned ? pruned : undefined
  }

  /** A summary is the same object each time, so that what is found out of it is remembered. */
  formOf<M>(lens: Lens<M>): ViewForm<M> {
    return {
      idOf: (message) => lens.read(message).id,
      summaryOf: (compaction) => {
        const id = summaryId(compaction.id)
        const known = summaries.get(this.#desk)
        if (known?.id === id && known.lens === lens.name) return known.message as M
        const message = lens.make({ id, role: 'user', text: summaryText(compaction) })
        summaries.set(this.#desk, { id, lens: lens.name, message })
        return message
      },
    }
  }

  /** Whether the plan was recorded: what it went on from still stood. */
  async #record(record: ContextRecord, plan: PrunePlan): Promise<boolean> {
    const { before, ops, remove } = planOps(record, plan, this.#known)
    for (const some of before) {
      await this.#changes.change(async () => ({ planned: { ops: some }, result: undefined }))
    }
    return this.#changes.change(async () => {
      const { text } = await readContext(this.#desk, this.#known)
      if (text !== record.text) return { planned: before.length > 0 ? { ops: [remove] } : undefined, result: false }
      return { planned: { ops, log: { kind: PRUNE, rows: [[CONTEXT_KEY, text]] } }, result: true }
    })
  }
}

/** The recorded plan, if it was made for what is seen: after a reset, or on another branch, it need not be. */
export function planFor<M>(
  { messages }: CompactedView<M>,
  { plan }: ContextRecord,
  lens: Lens<M>,
): PrunePlan | undefined {
  return plan && mismatch(messages, plan, lens) === undefined ? plan : undefined
}

/** A summary is never cut: it stands for what was. */
function withSummary<M>(
  { pinned = [], lens }: PruneOptions<M> & { lens: Lens<M> },
  { compaction }: CompactedView<M>,
): Pinned<M> {
  if (!compaction) return pinned
  const summary = summaryId(compaction.id)
  if (typeof pinned !== 'function') return [...pinned, summary]
  return (message, place) => pinned(message, place) || lens.read(message).id === summary
}

const sameEdits = (a: PrunePlan, b: PrunePlan): boolean =>
  a.edits === b.edits || (a.edits.length === b.edits.length && JSON.stringify(a.edits) === JSON.stringify(b.edits))
