import { EverthreadError } from '../errors.ts'
import { type Amount, amountOf, type Cost, type CostUnit } from '../turn/cost.ts'
import type { WaitingTurn } from './waiting-turn.ts'

export type BudgetScope = 'session' | 'user' | 'agent' | 'tenant'
export type BudgetPeriod = 'hour' | 'day' | 'month'

/** A turn that is more than what is left of a budget. */
export interface OverBudget {
  readonly turn: WaitingTurn
  readonly budget: Budget
  /** What is left of it, of what it counts; others may have it reserved. */
  readonly left: { readonly tokens?: number; readonly money?: number }
}

/** What a turn goes on with when a budget is over. */
export interface Degraded {
  /** What it will take now. */
  cost: Cost
  /** What the work is to use, such as a cheaper model: it finds it as `turn.degraded`. Default `true`. */
  to?: unknown
}

export interface Budget {
  /** Whose it is: each session, user or agent has one, and the tenant. Turns without a user or an agent have none. */
  per: BudgetScope
  /** Begins anew with each hour, day or month of UTC. Default: never. */
  every?: BudgetPeriod
  /** Counts only turns in sessions of this kind. */
  kind?: string
  /** How many tokens. */
  tokens?: number
  /** How much money, in your currency. */
  money?: number
  /**
   * What becomes of a turn that is more than what is left: `reject` (default) fails with `BUDGET_EXCEEDED`, `defer`
   * waits for the next period, `degrade` asks the callback.
   */
  over?: 'reject' | 'defer' | 'degrade'
  /** Gives what the turn can go on with instead, or undefined: then it is rejected. */
  degrade?(over: OverBudget): Degraded | undefined | Promise<Degraded | undefined>
}

/** A budget, checked. */
export interface BudgetRule {
  readonly given: Budget
  /** Tells its accounts from those of other budgets. */
  readonly name: readonly string[]
  /** Undefined: not counted in this unit. */
  readonly limit: { readonly tokens: number | undefined; readonly micros: number | undefined }
}

const KNOWN = ['per', 'every', 'kind', 'tokens', 'money', 'over', 'degrade']
const SCOPES: readonly unknown[] = ['session', 'user', 'agent', 'tenant'] satisfies BudgetScope[]
const PERIODS: readonly unknown[] = ['hour', 'day', 'month'] satisfies BudgetPeriod[]
const OVER: readonly unknown[] = ['reject', 'defer', 'degrade']

/** @throws `BUDGET_INVALID` */
export function checkBudgets(budgets: unknown): BudgetRule[] {
  if (budgets === undefined) return []
  if (!Array.isArray(budgets)) throw wrong('Give budgets as a list: [{ per, every, tokens, money, over }]')
  const rules = budgets.map(ruleOf)
  const names = rules.map(({ name }) => name.join('/'))
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw wrong(`Give one budget for "${twice}": there are several`)
  return rules
}

/** What a number means as a cost: what all budgets are of; undefined when they differ. */
export function unitOf(rules: readonly BudgetRule[]): CostUnit | undefined {
  if (rules.every(({ limit }) => limit.micros === undefined)) return 'tokens'
  return rules.every(({ limit }) => limit.tokens === undefined) ? 'money' : undefined
}

function ruleOf(given: unknown): BudgetRule {
  if (typeof given !== 'object' || given === null) throw wrong('Give each budget as an object: { per, tokens }')
  const unknown = Object.keys(given).find((name) => !KNOWN.includes(name))
  if (unknown !== undefined)
    throw wrong(`Leave out "${unknown.slice(0, 40)}" of a budget: it knows ${KNOWN.join(', ')}`)
  const { per, every, kind, tokens, money, over = 'reject', degrade } = given as Record<string, unknown>
  if (!SCOPES.includes(per)) throw wrong(`Give per of a budget as one of ${SCOPES.join(', ')}`)
  if (every !== undefined && !PERIODS.includes(every)) {
    throw wrong(`Give every of a budget as one of ${PERIODS.join(', ')}, or leave it out`)
  }
  if (kind !== undefined && (typeof kind !== 'string' || kind === '')) throw wrong('Give kind of a budget as a text')
  if (tokens === undefined && money === undefined) throw wrong('Give a budget its tokens or its money')
  if (!OVER.includes(over)) throw wrong(`Give over of a budget as one of ${OVER.join(', ')}`)
  if (over === 'defer' && every === undefined) throw wrong('Give a budget that defers its period: every')
  if ((over === 'degrade') !== (typeof degrade === 'function')) {
    throw wrong('Give degrade as a function, with over: "degrade", and with nothing else')
  }
  const limit = limitOf(tokens, money)
  return {
    given: given as Budget,
    name: [String(per), String(every ?? 'ever'), String(kind ?? '')],
    limit: {
      tokens: tokens === undefined ? undefined : limit.tokens,
      micros: money === undefined ? undefined : limit.micros,
    },
  }
}

function limitOf(tokens: unknown, money: unknown): Amount {
  try {
    return amountOf({ tokens: tokens ?? 0, money: money ?? 0 }, undefined)
  } catch (cause) {
    throw new EverthreadError('BUDGET_INVALID', 'Give tokens and money of a budget as numbers from 0', { cause })
  }
}

const wrong = (message: string): EverthreadError => new EverthreadError('BUDGET_INVALID', message)
