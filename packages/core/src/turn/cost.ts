import { EverthreadError } from '../errors.ts'

/**
 * What a turn takes: tokens, or money in your currency, or both. A number is of the unit that all budgets have, and
 * counts tokens where there are none.
 */
export type Cost = number | { tokens?: number; money?: number }

export type CostUnit = 'tokens' | 'money'

/** A cost to count with: whole tokens, and whole millionths of money, so that sums are exact. */
export interface Amount {
  readonly tokens: number
  readonly micros: number
}

export const NOTHING: Amount = Object.freeze({ tokens: 0, micros: 0 })

const MICROS = 1_000_000
/** So that sums of millions of turns are still exact. */
const MOST = { tokens: 1e12, money: 1e8 }

/**
 * Fractions of a token, and of a millionth, are rounded up.
 *
 * @param unit - what a number is of; undefined: it may be either
 * @throws `COST_INVALID`
 */
export function amountOf(cost: unknown, unit: CostUnit | undefined): Amount {
  if (typeof cost === 'number') {
    if (unit === undefined) throw wrong('Give the cost as { tokens, money }: there are budgets of both')
    return amountOf({ [unit]: cost }, unit)
  }
  if (typeof cost !== 'object' || cost === null || Array.isArray(cost)) throw wrong(HOW)
  const { tokens, money, ...more } = cost as Record<string, unknown>
  if (Object.keys(more).length > 0 || (tokens === undefined && money === undefined)) throw wrong(HOW)
  return {
    tokens: Math.ceil(checked(tokens ?? 0, MOST.tokens)),
    // What a double cannot hold of a decimal fraction is no millionth more.
    micros: Math.ceil(Number((checked(money ?? 0, MOST.money) * MICROS).toFixed(3))),
  }
}

export function costOf({ tokens, micros }: Amount): { tokens: number; money: number } {
  return { tokens, money: micros / MICROS }
}

export const plus = (a: Amount, b: Amount): Amount => ({ tokens: a.tokens + b.tokens, micros: a.micros + b.micros })

/** Never below nothing. */
export const minus = (a: Amount, b: Amount): Amount => ({
  tokens: Math.max(0, a.tokens - b.tokens),
  micros: Math.max(0, a.micros - b.micros),
})

export const isNothing = ({ tokens, micros }: Amount): boolean => tokens === 0 && micros === 0

const HOW = 'Give a cost as a number, or as { tokens, money }'

function checked(value: unknown, most: number): number {
  if (typeof value === 'number' && value >= 0 && value <= most) return value
  throw wrong(`${HOW}: numbers from 0 up to ${most}`)
}

const wrong = (message: string): EverthreadError => new EverthreadError('COST_INVALID', message)
