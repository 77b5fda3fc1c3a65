import { invalid, positive, refuseUnknown } from './check-options.ts'

/** What a token costs, in any unit: only the proportions count. */
export interface TokenPrice {
  /** Read from the provider's cache. */
  cacheRead: number
  /** Written to it. */
  cacheWrite: number
}

/** In parts of a plain input token, as Anthropic charges for its five-minute cache. */
export const ANTHROPIC_PRICE: TokenPrice = { cacheRead: 0.1, cacheWrite: 1.25 }

export interface WorthItOptions {
  /** Tokens of the context that are cached now, and would be written again. */
  cachedPrefixTokens: number
  /** Tokens that every later request would be shorter by. */
  savedTokens: number
  /** How many requests are still expected. */
  expectedTurns: number
  /** Default {@link ANTHROPIC_PRICE}. */
  price?: TokenPrice
}

export interface Worth {
  pays: boolean
  /** What all expected requests save. */
  gain: number
  /** What writing the cache again costs more than reading it. */
  cost: number
  why: string
}

/**
 * Whether a new plan pays: what is saved by every expected request, against the cache that it breaks.
 *
 * @throws `CONTEXT_OPTIONS_INVALID`
 */
export function worthIt(options: WorthItOptions): Worth {
  const where = 'worthIt'
  refuseUnknown(where, options, ['cachedPrefixTokens', 'savedTokens', 'expectedTurns', 'price'])
  const { cachedPrefixTokens, savedTokens, expectedTurns, price = ANTHROPIC_PRICE } = options
  for (const [name, value] of Object.entries({ cachedPrefixTokens, expectedTurns })) {
    if (!(Number.isFinite(value) && value >= 0)) throw invalid(where, `"${name}" must be a number from 0 on`)
  }
  if (!Number.isFinite(savedTokens)) throw invalid(where, '"savedTokens" must be a number')
  checkPrice(where, price)
  const gain = Math.max(0, savedTokens) * price.cacheRead * expectedTurns
  const cost = cachedPrefixTokens * Math.max(0, price.cacheWrite - price.cacheRead)
  const pays = savedTokens > 0 && gain > cost
  const turns = `${expectedTurns} more request${expectedTurns === 1 ? '' : 's'}`
  const sums = `${round(gain)} saved over ${turns} against ${round(cost)} for ${cachedPrefixTokens} cached tokens`
  const why = savedTokens > 0 ? `${pays ? 'It pays' : 'It does not pay'}: ${sums}` : 'It saves nothing'
  return { pays, gain, cost, why }
}

/** @throws `CONTEXT_OPTIONS_INVALID` */
export function checkPrice(where: string, price: TokenPrice): void {
  refuseUnknown(`the price of ${where}`, price, ['cacheRead', 'cacheWrite'])
  positive(where, 'price.cacheRead', price.cacheRead)
  positive(where, 'price.cacheWrite', price.cacheWrite)
}

const round = (value: number): number => Math.round(value * 10) / 10
