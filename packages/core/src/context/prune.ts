import { endsOf } from './apply-plan.ts'
import { contextOf, type MadeContext } from './context-of.ts'
import { freshPlan } from './fresh-plan.ts'
import { History } from './history.ts'
import { idleTime, timeOf } from './idle-time.ts'
import type { DefaultMessage } from './lenses/default.ts'
import { checkedOptions, type PruneOptions, type Settings } from './options.ts'
import type { PrunePlan } from './plan.ts'
import { keepState, rememberedMessages } from './plan-state.ts'
import { checkMessages } from './read-messages.ts'
import type { Receipt } from './receipt.ts'
import { replan } from './replan.ts'

export interface Pruned<M> {
  /** What to send. Messages that no edit touches are the same objects. */
  messages: M[]
  /** Plain data; {@link applyPlan} gives the same bytes again, and the next prune goes on from it. */
  plan: PrunePlan
  receipt: Receipt
}

/**
 * Makes the context of a history: within the budget, legal for the provider, with what must stay. The history is not
 * touched, and messages are taken as never changed in place: what was found out of one is remembered with it.
 *
 * @throws `CONTEXT_OPTIONS_INVALID`, `POLICY_INVALID`, `PROVIDER_UNKNOWN`, `LENS_INVALID`, `TOKEN_COUNTER_INVALID`,
 * `BUDGET_TOO_SMALL` when pinned messages alone do not fit, `MESSAGE_INVALID`, `PLAN_INVALID`
 */
export function prune<M = DefaultMessage>(messages: readonly M[], options: PruneOptions<M> = {}): Pruned<M> {
  const settings = checkedOptions(options)
  checkMessages(messages)
  const history = new History(messages, settings.lens, settings.count, settings.pinned)
  const { previousPlan } = settings
  const made = previousPlan
    ? replan(history, settings, previousPlan)
    : contextOf(history, freshPlan(history, settings, { idle: () => idleTime(history, settings), headroom: 0 }))
  return finish(history, settings, made)
}

function finish<M>(history: History<M>, settings: Settings<M>, made: MadeContext<M>): Pruned<M> {
  const { edits, tally, handles, context, weighedAt } = made
  const plan: PrunePlan = {
    version: 1,
    lens: settings.lens.name,
    made: settings.made,
    length: history.length,
    ends: endsOf(history.messages, history.length, settings.lens),
    edits,
    weighedAt: weighedAt ?? tally.tokens.before,
  }
  const timed = settings.now !== undefined || settings.policies.some(({ name }) => name === 'cacheAware')
  if (timed) plan.usedAt = timeOf(settings)
  const { earlier, ...state } = made
  const known = rememberedMessages(history.messages, earlier)
  keepState(plan, { ...state, messages: known, length: history.length, count: history.count, continued: false })
  const receipt: Receipt = { ...tally, edits, handles, fits: true }
  const { budget } = settings
  if (budget !== undefined) {
    receipt.budget = budget
    receipt.fits = tally.tokens.after <= budget
    if (!receipt.fits) receipt.why = made.why ?? 'What may not be cut is larger than the budget'
  }
  if (made.replanned) receipt.replanned = { why: made.replanned }
  if (made.kept) receipt.kept = { why: made.kept }
  return { messages: context.slice(), plan, receipt }
}
