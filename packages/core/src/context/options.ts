import { EverthreadError } from '../errors.ts'
import { invalid, positive, refuseUnknown, whole } from './check-options.ts'
import type { ToolRetention } from './draft-results.ts'
import type { PinTest } from './history.ts'
import { type OneProvider, type Provider, providersOf } from './legality/provider.ts'
import { checkLens, type Lens } from './lens.ts'
import { lensOr } from './lenses/default.ts'
import type { PrunePlan } from './plan.ts'
import { flattenPolicies, type Policies, type Policy } from './policy.ts'
import { type CountText, checkedCounter, type TokenCounter } from './tokens/counter.ts'
import { estimateTokens } from './tokens/estimate.ts'
import { ANTHROPIC_PRICE, checkPrice, type TokenPrice } from './worth-it.ts'

/** Which messages may not be cut: their ids or places, or a test. */
export type Pinned<M> = readonly (string | number)[] | ((message: M, place: number) => boolean)

export interface PruneOptions<M> {
  /** What makes the context smaller, in order. */
  policy?: Policies
  /** The most tokens that the context may have. What policies leave above it is cut too, the oldest first. */
  budget?: number | { tokens: number; window?: number }
  /** The model's window in tokens, for policies that speak of shares of it. */
  window?: number
  /** Default {@link estimateTokens}. */
  tokenCounter?: TokenCounter
  /** Who is going to read the context. Default `any`: every provider takes it. */
  provider?: Provider
  /** How to read the messages; without one they are neutral. */
  lens?: Lens<M>
  /** Milliseconds since the epoch; for policies that know of time. Default the clock's. */
  now?: number
  pinned?: Pinned<M>
  /** How long the results of a tool matter, by the tool's name. */
  tools?: Readonly<Record<string, ToolRetention>>
  /** The plan of the last time: its edits stay as they are, unless a new plan pays. */
  previousPlan?: PrunePlan
  /** What a new plan is weighed by. */
  replan?: ReplanOptions
}

export interface ReplanOptions {
  /** How many requests are still expected. Default 10. */
  expectedTurns?: number
  price?: TokenPrice
  /**
   * When the budget forces a new plan: the share of it that is left free, so that the next one is not forced at once.
   * Default 0.25.
   */
  headroom?: number
}

const known = [
  ...['policy', 'budget', 'window', 'tokenCounter', 'provider', 'lens', 'now', 'pinned', 'tools'],
  ...['previousPlan', 'replan'],
]

/** The options with their defaults, each of them checked. */
export interface Settings<M> {
  policies: readonly Policy[]
  budget: number | undefined
  window: number | undefined
  count: CountText
  provider: Provider
  providers: readonly OneProvider[]
  lens: Lens<M>
  now: number | undefined
  pinned: PinTest<M>
  tools: Readonly<Record<string, ToolRetention>>
  previousPlan: PrunePlan | undefined
  replan: Required<ReplanOptions>
  /** What a plan records of this. */
  made: string
}

const where = 'the options of prune'

/** @throws `CONTEXT_OPTIONS_INVALID`, `POLICY_INVALID`, `PROVIDER_UNKNOWN`, `LENS_INVALID`, `TOKEN_COUNTER_INVALID` */
export function checkedOptions<M>(options: PruneOptions<M>): Settings<M> {
  refuseUnknown(where, options, known)
  const { budget, tokenCounter = estimateTokens, provider = 'any', now, tools = {}, pinned } = options
  const size = typeof budget === 'object' && budget !== null ? budget.tokens : budget
  const window = options.window ?? (typeof budget === 'object' ? budget?.window : undefined)
  if (size !== undefined) positive(where, 'budget', size)
  if (window !== undefined) positive(where, 'window', window)
  if (now !== undefined && !Number.isFinite(now)) throw invalid(where, '"now" must be milliseconds since the epoch')
  const policies = checkedPolicies(options.policy ?? [])
  const providers = providersOf(provider)
  return {
    ...{ policies, budget: size, window, provider, providers, now, previousPlan: options.previousPlan },
    count: checkedCounter(tokenCounter),
    lens: checkLens(lensOr(options.lens)),
    pinned: pinTest(pinned),
    tools: checkedTools(tools),
    replan: checkedReplan(options.replan ?? {}),
    made: JSON.stringify([provider, policies.map(({ name, options: own }) => [name, own]), tools]),
  }
}

function checkedPolicies(given: Policies): Policy[] {
  const policies = flattenPolicies(given)
  const wrong = policies.findIndex((policy) => typeof policy?.apply !== 'function' || typeof policy.name !== 'string')
  if (wrong < 0) return policies
  const problem = `Give "policy" policies such as keepLastTurns(5): number ${wrong + 1} is none`
  throw new EverthreadError('POLICY_INVALID', problem)
}

function pinTest<M>(pinned: Pinned<M> | undefined): PinTest<M> {
  if (pinned === undefined) return () => false
  if (typeof pinned === 'function') return (message, place) => pinned(message, place) === true
  if (!Array.isArray(pinned) || pinned.some((one) => typeof one !== 'string' && !Number.isSafeInteger(one))) {
    throw invalid(where, '"pinned" must be a list of ids and places, or a function')
  }
  const names = new Set(pinned)
  return (_, place, id) => names.has(place) || (id !== undefined && names.has(id))
}

function checkedTools(tools: Readonly<Record<string, ToolRetention>>): Readonly<Record<string, ToolRetention>> {
  if (typeof tools !== 'object' || tools === null) throw invalid(where, '"tools" must say it by the tool’s name')
  for (const [tool, retention] of Object.entries(tools)) {
    if (['pinned', 'refetchable', 'until-superseded'].includes(retention)) continue
    throw invalid(where, `"tools.${tool}" must be "pinned", "refetchable" or "until-superseded"`)
  }
  return tools
}

function checkedReplan(replan: ReplanOptions): Required<ReplanOptions> {
  refuseUnknown('the option replan of prune', replan, ['expectedTurns', 'price', 'headroom'])
  const { expectedTurns = 10, price = ANTHROPIC_PRICE, headroom = 0.25 } = replan
  whole('replan', 'expectedTurns', expectedTurns, 0)
  checkPrice('replan', price)
  if (!(Number.isFinite(headroom) && headroom >= 0 && headroom < 1))
    throw invalid('replan', '"headroom" must be a share of the budget below 1')
  return { expectedTurns, price, headroom }
}
