import { applyPlan } from '../context/apply-plan.ts'
import { checkedObject, refuseUnknown } from '../context/check-options.ts'
import { archivedBy, type CompactedView, compactedView, viewThrough } from '../context/compaction/compacted-view.ts'
import type { Compaction } from '../context/compaction/compaction.ts'
import { type ContextDifference, contextDiff } from '../context/diff.ts'
import { type Inspection, type InspectOptions, inspectMessages } from '../context/inspect/inspect.ts'
import { checkLens, type Lens } from '../context/lens.ts'
import { neutralLens } from '../context/lenses/neutral.ts'
import type { PruneOptions } from '../context/options.ts'
import { type Pruned, prune } from '../context/prune.ts'
import { checkMessages } from '../context/read-messages.ts'
import { type Recalled, recall } from '../context/recall.ts'
import type { Change } from '../context/receipt.ts'
import { checkedCounter, type TokenCounter } from '../context/tokens/counter.ts'
import { estimateTokens } from '../context/tokens/estimate.ts'
import { EverthreadError } from '../errors.ts'
import type { NeutralMessage } from '../message/message.ts'
import { turnAround } from '../turn/active.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { ContextBuilder, planFor } from './context-builder.ts'
import { type ContextRecord, type KnownRows, readCompactions, readContext } from './context-rows.ts'
import { type Undone, undoChange } from './session-undo.ts'
import type { ViewChanges } from './view-changes.ts'

export interface BuildContext extends Omit<PruneOptions<NeutralMessage>, 'lens' | 'previousPlan'> {
  /** Shows what would be done, and records nothing. */
  dryRun?: boolean
}

export interface BuildContextFrom<M> extends Omit<PruneOptions<M>, 'previousPlan'> {
  lens: Lens<M>
  /** Shows what would be done, and records nothing. */
  dryRun?: boolean
}

export interface InspectContext extends Omit<InspectOptions<NeutralMessage>, 'lens'> {
  /** For what a prune now would give. */
  policy?: BuildContext['policy']
  budget?: BuildContext['budget']
  provider?: BuildContext['provider']
}

export interface ContextInspection extends Inspection {
  /** Of the context as it was last built; without a plan it is all of it. */
  built: number
  /** What a prune now would give, when a policy or a budget is given. */
  prune?: { tokens: Change; messages: Change; fits: boolean; why?: string }
  /** The messages that a summary stands for. */
  archived: number
}

/** A compaction, and whether it is what is seen: of the others, some were taken up by later ones, some undone. */
export interface ListedCompaction extends Compaction {
  active: boolean
}

/** What this process knows of each session's records. */
const knownRows = new WeakMap<TurnDesk, KnownRows>()

/** How a session's history is made into what is sent to a model. All of it can be undone, and the history stays. */
export class SessionContext {
  readonly #desk: TurnDesk
  readonly #changes: ViewChanges
  readonly #known: KnownRows
  readonly #builder: ContextBuilder

  constructor(desk: TurnDesk, changes: ViewChanges) {
    this.#desk = desk
    this.#changes = changes
    this.#known = knownRows.get(desk) ?? { plans: new Map(), compactions: new Map() }
    knownRows.set(desk, this.#known)
    this.#builder = new ContextBuilder(desk, changes, this.#known)
  }

  /**
   * The messages to send: the history through its compactions and through a plan, which is recorded and gone on with the
   * next time. In a turn, with what the turn has appended. A `budget` and a `policy` are those of {@link prune}.
   *
   * @throws as {@link prune}, and `SESSION_NOT_FOUND`, `SESSION_ARCHIVED`, `SESSION_EXPIRED`
   */
  async build(given: BuildContext = {}): Promise<Pruned<NeutralMessage>> {
    const pruned = await this.buildView(given)
    return { ...pruned, messages: structuredClone(pruned.messages) }
  }

  /**
   * As {@link build}, but the messages are the very objects, which nobody may change: those that stay are the same ones
   * the next time.
   *
   * @throws as {@link build}
   */
  async buildView(given: BuildContext = {}): Promise<Pruned<NeutralMessage>> {
    const { dryRun = false, ...options } = checkedObject('build', given)
    return this.#builder.build({ ...options, lens: neutralLens }, dryRun, async () => {
      const { view, record } = await this.seen()
      return { view, record }
    })
  }

  /**
   * As {@link build}, of messages in a framework's own form: the session's history as the framework holds it, and what
   * it has not stored yet. Messages that no edit touches come back as the same objects.
   *
   * @throws as {@link build}, and `LENS_INVALID`, `MESSAGE_INVALID`
   */
  async buildFrom<M>(history: readonly M[], given: BuildContextFrom<M>): Promise<Pruned<M>> {
    const { dryRun = false, ...options } = checkedObject('buildFrom', given)
    checkLens(options.lens)
    checkMessages(history)
    return this.#builder.build(options, dryRun, async () => {
      const record = await readContext(this.#desk, this.#known)
      return { view: viewThrough(history, record.compactions, this.#builder.formOf(options.lens)), record }
    })
  }

  /** The context as it was last built, with what came since: plans nothing. */
  async messages(): Promise<NeutralMessage[]> {
    const { view, record } = await this.seen()
    return structuredClone([...this.#built(view, record)])
  }

  /** What the context leaves out or changes of the history, in order. */
  async diff(options: { tokenCounter?: TokenCounter } = {}): Promise<ContextDifference[]> {
    refuseUnknown('diff', options, ['tokenCounter'])
    const { tokenCounter = estimateTokens } = options
    const count = checkedCounter(tokenCounter)
    const { history, view, record } = await this.seen()
    return contextDiff(history, view.messages, view.compaction, planFor(view, record, neutralLens)?.edits ?? [], count)
  }

  /**
   * Takes back the last change of what is seen: a plan, a compaction, a reset; again, the one before it.
   * {@link Session.undo} passes over plans. The next `build` plans anew where its policies ask for it.
   */
  undo(): Promise<Undone | undefined> {
    return undoChange(this.#desk, this.#changes, false)
  }

  /**
   * What was cut, by the handle that a placeholder, a receipt or {@link diff} names; every byte of it.
   *
   * @throws `HANDLE_UNKNOWN`
   */
  async recall(handle: string): Promise<Recalled<NeutralMessage>> {
    if (typeof handle !== 'string') {
      throw new EverthreadError('HANDLE_UNKNOWN', 'Give a handle as a placeholder names it: it is a text')
    }
    const { history, view } = await this.seen()
    if (handle.startsWith('c.')) {
      const messages = await this.archived(handle.slice(2))
      return structuredClone({ ...recall(`m.0-${messages.length}`, { messages }), handle })
    }
    const messages = handle.startsWith('m.') ? view.messages : history
    return structuredClone(recall(handle, { messages }))
  }

  /**
   * What takes how many tokens, and what a prune now would give: `/context`. {@link contextChart} draws it.
   *
   * @throws as {@link inspectMessages} and {@link prune}
   */
  async inspect(asked: InspectContext = {}): Promise<ContextInspection> {
    const { policy, budget, provider, ...options } = checkedObject('inspect', asked)
    const { view, record } = await this.seen()
    const { tokenCounter = estimateTokens } = options
    const inspection = inspectMessages(view.messages, { ...options, lens: neutralLens })
    const built = inspectMessages(this.#built(view, record), { tokenCounter, lens: neutralLens, biggest: 0 })
    const archived = view.compaction?.archived ?? 0
    if (policy === undefined && budget === undefined) return { ...inspection, built: built.tokens, archived }
    const previousPlan = planFor(view, record, neutralLens)
    const { receipt } = prune(view.messages, {
      lens: neutralLens,
      tokenCounter,
      ...(policy !== undefined && { policy }),
      ...(budget !== undefined && { budget }),
      ...(provider !== undefined && { provider }),
      ...(options.window !== undefined && { window: options.window }),
      ...(previousPlan && { previousPlan }),
    })
    const { tokens, messages, fits: within, why } = receipt
    const given = { tokens, messages, fits: within, ...(why !== undefined && { why }) }
    return { ...inspection, built: built.tokens, archived, prune: given }
  }

  /** Those that were made, oldest first. */
  async compactions(): Promise<ListedCompaction[]> {
    const [{ view }, list] = await Promise.all([this.seen(), readCompactions(this.#desk)])
    return list.map((compaction) => ({ ...compaction, active: compaction.id === view.compaction?.id }))
  }

  /**
   * The messages that a compaction stands for, as they are in the history.
   *
   * @throws `COMPACTION_NOT_FOUND`
   */
  async archived(compaction: string): Promise<NeutralMessage[]> {
    const [{ messages }, list] = await Promise.all([this.#history(), readCompactions(this.#desk)])
    const found = list.find(({ id }) => id === compaction)
    if (found) return structuredClone(archivedBy(messages, found))
    throw new EverthreadError('COMPACTION_NOT_FOUND', 'There is no such compaction: list the compactions')
  }

  /** The history, what is seen of it unpruned, and what is recorded. Nobody changes these objects. */
  async seen(): Promise<{ history: readonly NeutralMessage[]; view: CompactedView; record: ContextRecord }> {
    const [{ messages: history }, record] = await Promise.all([this.#history(), readContext(this.#desk, this.#known)])
    return { history, record, view: compactedView(history, record.compactions) }
  }

  async #history(): Promise<{ messages: readonly NeutralMessage[] }> {
    const turn = turnAround(this.#desk)
    return turn ? { messages: await turn.view() } : this.#desk.content.view()
  }

  #built(view: CompactedView, record: ContextRecord): readonly NeutralMessage[] {
    const plan = planFor(view, record, neutralLens)
    return plan ? applyPlan(view.messages, plan, { lens: neutralLens }) : view.messages
  }
}
