import { EverthreadError } from '../errors.ts'
import { Draft } from './draft.ts'
import { cutToFit, fitDraft } from './fit.ts'
import type { History } from './history.ts'
import { type Mended, mend } from './legality/mend.ts'
import type { ReasoningView } from './lens.ts'
import type { Settings } from './options.ts'
import { clearOldest, PLACEHOLDER } from './policies/clear-tool-results.ts'
import { dropReasoningOf } from './policies/drop-reasoning.ts'
import { allButNewest, sameCall } from './policies/superseded.ts'
import type { Unit } from './units.ts'

/** A context made from the whole history. */
export interface FreshPlan {
  draft: Draft
  /** What the context is, legal. */
  mended: Mended
  tokens: number
}

export interface FreshOptions {
  /** Milliseconds since the context was last used. */
  idle: () => number
  /** Leave this share of the budget free. */
  headroom: number
}

/** @throws `BUDGET_TOO_SMALL` when what is pinned does not fit, and what policies throw */
export function freshPlan<M>(history: History<M>, settings: Settings<M>, { idle, headroom }: FreshOptions): FreshPlan {
  const { window, tools, policies, budget } = settings
  const draft = new Draft(history as History<unknown>, { window, tools, idle })
  if (budget !== undefined) checkPins(draft, budget)
  clearSuperseded(draft)
  for (const policy of policies) {
    policy.apply(draft)
    if (draft.done) break
  }
  if (budget === undefined) return legal(draft, settings)
  const target = budget * (1 - headroom)
  let plan = legal(draft, settings, target, budget)
  for (let last = Number.POSITIVE_INFINITY; plan.tokens > budget && draft.tokens < last; ) {
    last = draft.tokens
    // What repair added needs room too.
    const added = plan.tokens - draft.tokens
    plan = legal(draft, settings, target - added, budget - added)
  }
  return plan
}

function checkPins(draft: Draft, budget: number): void {
  let pinned = 0
  for (const unit of draft.kept) if (unit.kept === 'pinned') pinned += draft.sizeOf(unit)
  if (pinned <= budget) return
  const problem = `Raise the budget of ${budget} tokens, or pin less: what is pinned has ${Math.ceil(pinned)}`
  throw new EverthreadError('BUDGET_TOO_SMALL', problem)
}

/** Results of tools that say so go when a later call has brought them up to date. */
function clearSuperseded(draft: Draft): void {
  if (!Object.values(draft.tools).includes('until-superseded')) return
  const results = draft.results().filter(({ retention, failed }) => retention === 'until-superseded' && !failed)
  const older = allButNewest(results, sameCall)
  const placeholder = '[A later call brought this up to date]'
  clearOldest(draft, older, { limit: 0, placeholder, policy: 'tools', reason: 'A later call superseded it' })
}

/** Fits, as far as there is a limit, and repairs. */
function legal<M>(draft: Draft, settings: Settings<M>, target?: number, limit?: number): FreshPlan {
  if (target !== undefined && limit !== undefined) shrink(draft, target, limit)
  if (settings.providers.includes('anthropic')) dropInvalidReasoning(draft)
  const within = settings.lens.results === 'within'
  let mended: Mended
  do mended = mend(draft.slots(), { providers: settings.providers, within })
  while (giveUpEmptied(draft, mended))
  let tokens = 0
  for (const slot of mended.slots) tokens += draft.sizeOfSlot(slot)
  return { draft, mended, tokens }
}

function shrink(draft: Draft, target: number, limit: number): void {
  if (!draft.exceeds(target)) return
  clearRefetchable(draft, target)
  fitDraft(draft, { target, minSegmentTokens: 200, policy: 'budget' })
  const latest = draft.units.at(-1)
  if (draft.tokens <= limit || latest?.kept !== 'latest') return
  if (cutToFit(draft, latest, draft.sizeOf(latest) - (draft.tokens - limit), 'budget')) return
  const rest = draft.results().filter(({ unit }) => unit === latest)
  const reason = 'Even the newest result did not fit'
  clearOldest(draft, rest, { limit, placeholder: PLACEHOLDER, policy: 'budget', reason })
}

function clearRefetchable(draft: Draft, limit: number): void {
  if (!Object.values(draft.tools).includes('refetchable')) return
  const again = draft.results().filter((result) => result.retention === 'refetchable' && result.assistantsAfter > 0)
  const reason = 'It can be fetched again'
  clearOldest(draft, again, { limit, placeholder: PLACEHOLDER, policy: 'budget', reason })
}

/** Newer Claude models refuse reasoning of past turns once something before it has changed. */
function dropInvalidReasoning(draft: Draft): void {
  const origin = { policy: 'signatures', reason: 'Signed reasoning after a change would be refused' }
  const { lastTurn, units } = draft
  for (let i = 0; i < units.length; i++) {
    const unit = units[i] as Unit
    if (unit.turn < lastTurn && unit.to > draft.changedFrom) dropReasoningOf(draft, unit, origin, isAnthropics)
  }
}

const isAnthropics = ({ signed, signer }: ReasoningView): boolean =>
  signed === true && (signer ?? 'anthropic') === 'anthropic'

/** A message that policies left nothing of is theirs to have removed, not the repair's: a stored plan must say so. */
function giveUpEmptied(draft: Draft, { slots }: Mended): boolean {
  let given = false
  const left = new Set(slots.map(({ at, made, replaces }) => (made && !replaces ? -1 : at)))
  for (const { at, changes } of draft.slots()) {
    const last = changes?.at(-1)
    if (!last || left.has(at)) continue
    draft.removeMessage(at, { policy: last.policy, reason: last.reason })
    given = true
  }
  return given
}
