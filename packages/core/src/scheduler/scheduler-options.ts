import type { Clock } from '../contract/ports.ts'
import { EverthreadError } from '../errors.ts'
import type { AdaptiveConcurrency } from './adaptive-capacity.ts'
import { type Budget, type BudgetRule, checkBudgets } from './budget.ts'
import { compareTurns } from './compare-turns.ts'
import { checkTurnLimits, type TurnLimits } from './limits.ts'
import type { CompareTurns } from './waiting-turn.ts'

export interface ProcessSchedulerOptions {
  /**
   * How many turns run at once in this process. A number: always so many. Default: what the device bears, by its cores,
   * its memory and how late its event loop is, and other while it is busy.
   */
  concurrency?: number | AdaptiveConcurrency
  /** Who goes first of two that wait. Default: {@link compareTurns}. */
  compare?: CompareTurns
  /** What turns may spend. */
  budgets?: Budget[]
  /** How many turns run at once of one user, agent or tenant, in this process. */
  limits?: TurnLimits
  /** ms since the epoch, for tests; give the store and the session manager the same. */
  clock?: Clock
}

/** The options, checked. */
export interface SchedulerOptions {
  readonly concurrency: number | AdaptiveConcurrency
  readonly compare: CompareTurns
  readonly rules: readonly BudgetRule[]
  readonly limits: TurnLimits
  readonly clock: Clock | undefined
}

const KNOWN: Record<keyof ProcessSchedulerOptions, true> = {
  concurrency: true,
  compare: true,
  budgets: true,
  limits: true,
  clock: true,
}
/** What a timer of Node can wait. */
const MOST_MS = 2 ** 31 - 1

/** @throws `SCHEDULER_INVALID`, `BUDGET_INVALID`, `LIMIT_INVALID` */
export function checkScheduler(options: unknown): SchedulerOptions {
  const { concurrency = {}, compare = compareTurns, budgets, limits, clock, ...more } = checkObject(options, 'options')
  const unknown = Object.keys(more)[0]
  if (unknown !== undefined) {
    throw wrong(`Leave out "${unknown.slice(0, 40)}": a scheduler knows ${Object.keys(KNOWN).join(', ')}`)
  }
  if (typeof compare !== 'function') throw wrong('Give compare as a function of two turns that gives a number')
  if (clock !== undefined && typeof clock !== 'function')
    throw wrong('Give clock as a function that gives milliseconds')
  return {
    concurrency: checkConcurrency(concurrency),
    compare: compare as CompareTurns,
    rules: checkBudgets(budgets),
    limits: checkTurnLimits(limits),
    clock: clock as Clock | undefined,
  }
}

function checkConcurrency(given: unknown): number | AdaptiveConcurrency {
  if (typeof given === 'number') {
    if (!isCount(given)) throw wrong('Give concurrency as a whole number above 0')
    return given
  }
  const { min, max, memory, everyMs, gauge, ...more } = checkObject(given, 'concurrency')
  const unknown = Object.keys(more)[0]
  if (unknown !== undefined) {
    throw wrong(`Leave out "${unknown.slice(0, 40)}" of concurrency: it knows min, max, memory, everyMs and gauge`)
  }
  for (const [name, value] of Object.entries({ min, max, memory, everyMs })) {
    if (value !== undefined && !isCount(value)) throw wrong(`Give concurrency.${name} as a whole number above 0`)
  }
  if (min !== undefined && max !== undefined && (min as number) > (max as number)) {
    throw wrong('Give concurrency.min no higher than concurrency.max')
  }
  if (everyMs !== undefined && (everyMs as number) > MOST_MS) {
    throw wrong(`Give concurrency.everyMs as milliseconds up to ${MOST_MS}`)
  }
  if (gauge !== undefined && typeof gauge !== 'function') {
    throw wrong('Give concurrency.gauge as a function that gives { delayMs, memory }')
  }
  return given as AdaptiveConcurrency
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0

function checkObject(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw wrong(`Give ${name} as an object`)
}

const wrong = (message: string): EverthreadError => new EverthreadError('SCHEDULER_INVALID', message)
