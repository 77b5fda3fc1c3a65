import { applyEdits } from '../apply-plan.ts'
import { checkLens, type Lens } from '../lens.ts'
import { type DefaultMessage, lensOr } from '../lenses/default.ts'
import type { PlanEdit } from '../plan.ts'
import { goneByOf, planEdits } from '../plan-edits.ts'
import { readMessages } from '../read-messages.ts'
import { legalityOptions } from './check-legality.ts'
import { mend } from './mend.ts'
import { type Provider, providersOf } from './provider.ts'
import type { RuleName } from './rule.ts'

export interface Repaired<M> {
  /** What the provider takes. Messages that needed nothing are the same objects. */
  messages: M[]
  /** What was wrong, in the order in which it was mended; `at` is the place in the given messages. */
  repairs: { rule: RuleName; at: number; words: string }[]
  /** The changes, as a plan would hold them. */
  edits: PlanEdit[]
}

/**
 * The smallest change that makes messages legal: a missing result becomes an explicit error, a result without its call
 * goes, empty messages go or are filled, roles merge where the provider needs it. Legal messages come back as they are.
 *
 * @throws `PROVIDER_UNKNOWN`, `LENS_INVALID`, `MESSAGE_INVALID`, `CONTEXT_OPTIONS_INVALID`
 */
export function repair<M = DefaultMessage>(
  messages: readonly M[],
  options: Provider | { provider: Provider; lens?: Lens<M> },
): Repaired<M> {
  const { provider, lens } = legalityOptions('the options of repair', options)
  const providers = providersOf(provider)
  const through = checkLens(lensOr(lens))
  const views = readMessages(through, messages)
  const start = views.map((view, at) => ({ at, view }))
  const mended = mend(start, { providers, within: through.results === 'within' })
  const goneBy = goneByOf(mended, () => undefined)
  const edits = planEdits(mended.slots, { from: 0, to: messages.length }, goneBy)
  return { messages: applyEdits(messages, edits, through, 0), repairs: mended.found, edits }
}
