import { applyEdits, mismatch } from './apply-plan.ts'
import { contextOf, type MadeContext } from './context-of.ts'
import { extendPlan, firstDifference } from './extend-plan.ts'
import { freshPlan } from './fresh-plan.ts'
import { History } from './history.ts'
import { idleTime } from './idle-time.ts'
import type { Settings } from './options.ts'
import type { PlanEdit, PrunePlan } from './plan.ts'
import { handlesOf, type PlanState, stateOf } from './plan-state.ts'
import { CACHE_TTL } from './policies/cache-aware.ts'
import { rebuildState } from './rebuild-state.ts'
import { worthIt } from './worth-it.ts'

/** How much the history must grow before a fresh plan is weighed again: weighing costs as much as planning. */
const GROWTH = 0.05
const LEAST_GROWTH = 256

const forEver = (): number => Number.POSITIVE_INFINITY

/** A context that keeps what the plan before it did, unless that does not fit any more or something better pays. */
export function replan<M>(history: History<M>, settings: Settings<M>, plan: PrunePlan): MadeContext<M> {
  const state = usableState(history, settings, plan)
  if (typeof state === 'string') {
    const fresh = freshPlan(history, settings, { idle: forEver, headroom: 0 })
    return { ...contextOf(history, fresh), replanned: state }
  }
  return { ...goneOn(history, settings, plan, state), earlier: state }
}

function goneOn<M>(history: History<M>, settings: Settings<M>, plan: PrunePlan, state: PlanState<M>): MadeContext<M> {
  const extended = extendedContext(history, settings, plan, state)
  const { before, after } = extended.tally.tokens
  const { budget } = settings
  if (budget !== undefined && after > budget) {
    const { headroom } = settings.replan
    const fresh = contextOf(history, freshPlan(history, settings, { idle: forEver, headroom }))
    return adopt(fresh, extended, plan, `The context grew to ${after} tokens, over the budget of ${budget}`)
  }
  const idle = () => idleTime(history, settings)
  const cold = isCold(settings, idle)
  const growth = before - plan.weighedAt
  if (!cold && growth < Math.max(LEAST_GROWTH, plan.weighedAt * GROWTH)) return extended
  if (isUncut(settings, extended)) return extended
  const fresh = contextOf(history, freshPlan(history, settings, { idle, headroom: 0 }))
  return weigh(history, settings, plan, state, extended, fresh, cold)
}

/** The plan's state, or why the plan cannot be gone on with. */
function usableState<M>(history: History<M>, settings: Settings<M>, plan: PrunePlan): PlanState<M> | string {
  const known = stateOf<M>(plan)
  const same = known !== undefined && startsWith(history.messages, known)
  if (!same) {
    const problem = mismatch(history.messages, plan, settings.lens)
    if (problem) return problem
  }
  if (plan.made !== settings.made) return 'The policies, the provider or the tools are not those of the plan'
  if (known && same && known.count === settings.count) return known
  return rebuildState(history, plan, settings) ?? 'The history is not as it was when the plan was made'
}

/** The very same objects: a loop, as this is most of what one more message costs. */
function startsWith(list: readonly unknown[], { messages, length }: PlanState<unknown>): boolean {
  for (let at = 0; at < length; at++) if (list[at] !== messages[at]) return false
  return true
}

function extendedContext<M>(
  history: History<M>,
  settings: Settings<M>,
  plan: PrunePlan,
  state: PlanState<M>,
): MadeContext<M> {
  const { edits, changed, ...extended } = extendPlan(history, state, settings)
  const made: MadeContext<M> = {
    ...extended,
    edits: joined(plan.edits, state.cut.edits, edits),
    handles: joined(state.handles, state.cut.handles, handlesOf(edits)),
    weighedAt: plan.weighedAt,
  }
  if (changed) made.replanned = changed
  return made
}

/** The first ones with others after them; the same list when that is what it is. */
function joined<T>(list: readonly T[], first: number, others: readonly T[]): readonly T[] {
  return others.length === 0 && first === list.length ? list : [...list.slice(0, first), ...others]
}

/** Within the budget, with nothing cut and nobody who would cut anything: a fresh plan would be the same. */
function isUncut<M>({ policies, tools }: Settings<M>, { edits }: MadeContext<M>): boolean {
  return edits.length === 0 && policies.length === 0 && Object.keys(tools).length === 0
}

/** With an expired cache, a new plan breaks nothing. */
function isCold<M>({ policies }: Settings<M>, idle: () => number): boolean {
  return policies.some(({ name, options }) => {
    return name === 'cacheAware' && options.mode !== 'off' && idle() > Number(options.ttl ?? CACHE_TTL)
  })
}

function weigh<M>(
  history: History<M>,
  settings: Settings<M>,
  plan: PrunePlan,
  state: PlanState<M>,
  extended: MadeContext<M>,
  fresh: MadeContext<M>,
  cold: boolean,
): MadeContext<M> {
  const saved = extended.tally.tokens.after - fresh.tally.tokens.after
  const weighedAt = extended.tally.tokens.before
  if (saved <= 0) return { ...extended, weighedAt }
  const place = firstDifference(extended.edits, fresh.edits)
  if (place >= plan.length) return adopt(fresh, extended, plan, '')
  if (cold) return adopt(fresh, extended, plan, `The cache has expired: ${saved} tokens are saved for nothing`)
  const { expectedTurns, price } = settings.replan
  const cachedPrefixTokens = tokensFrom(history, state, plan.edits, place)
  const { pays, why } = worthIt({ cachedPrefixTokens, savedTokens: saved, expectedTurns, price })
  return pays ? adopt(fresh, extended, plan, why) : { ...extended, weighedAt, kept: why }
}

/** Tokens of the earlier context, from a place of the history on. */
function tokensFrom<M>(
  { messages, lens, count }: History<M>,
  state: PlanState<M>,
  edits: readonly PlanEdit[],
  place: number,
): number {
  const earlier = edits.filter((edit) => (edit.op === 'remove' ? edit.from : edit.at) < place)
  const index = applyEdits(messages.slice(0, place), earlier, lens, 0).length
  const context = new History(state.context, lens, count)
  let tokens = 0
  for (let at = index; at < context.length; at++) tokens += context.counted(at).tokens
  return tokens
}

/** Takes the fresh context. It is a new plan only if it changes what the earlier one had fixed. */
function adopt<M>(fresh: MadeContext<M>, extended: MadeContext<M>, plan: PrunePlan, why: string): MadeContext<M> {
  if (firstDifference(extended.edits, fresh.edits) < plan.length) return { ...fresh, replanned: why }
  return extended.replanned ? { ...fresh, replanned: extended.replanned } : fresh
}
