import { EverthreadError } from '../../errors.ts'
import { checkedCounter, type TokenCounter } from './counter.ts'
import { estimateTokens } from './estimate.ts'

/** What a request was counted as, and what the provider reported for it. */
export interface ActualUsage {
  /** Tokens by the counter that is to learn from it. */
  estimated: number
  /** Input tokens that the provider reported, cached ones included. */
  actual: number
}

/** What a counter has learned: plain data, to be kept with a model's settings. */
export interface Calibration {
  /** What the counter's tokens are multiplied by. */
  factor: number
  /** How many tokens speak for it, older ones faded. */
  weight: number
}

/** A counter that is right on average for one model. It never changes, so that what it counted stays true. */
export interface CalibratedCounter {
  (text: string): number
  readonly calibration: Calibration
  /** A counter that has learned from one more request. Estimates are this counter's. */
  calibrate(usage: ActualUsage): CalibratedCounter
}

const START: Calibration = { factor: 1, weight: 500 }
/** How much of what was known is left after each request: the last ten or so speak for the factor. */
const FADING = 0.9
/** No tokenizer is further from another than this; what is, was measured wrong. */
const FACTOR = { least: 0.2, most: 5 }

/**
 * The counter that a provider's reports make of one: what the models of other providers, or tools' schemas, cost beside
 * the estimate is learned.
 *
 * @throws `CALIBRATION_INVALID`, `TOKEN_COUNTER_INVALID`
 */
export function calibrate(usage: ActualUsage, counter: TokenCounter = estimateTokens): CalibratedCounter {
  return calibratedCounter({ counter }).calibrate(usage)
}

/**
 * A counter with what was learned before.
 *
 * @throws `CALIBRATION_INVALID`, `TOKEN_COUNTER_INVALID`
 */
export function calibratedCounter(
  options: { counter?: TokenCounter; calibration?: Calibration } = {},
): CalibratedCounter {
  const { counter = estimateTokens, calibration = START } = options
  const { factor, weight } = calibration
  if (
    !(Number.isFinite(factor) && factor >= FACTOR.least && factor <= FACTOR.most) ||
    !(Number.isFinite(weight) && weight >= 0)
  ) {
    throw invalid(`Give the calibration a factor of ${FACTOR.least} to ${FACTOR.most} and a weight of 0 or more`)
  }
  const count = checkedCounter(counter)
  return Object.assign((text: string) => Math.round(factor * count(text)), {
    calibration: { factor, weight },
    calibrate: (usage: ActualUsage) => calibratedCounter({ counter, calibration: learn(calibration, usage) }),
  })
}

function learn({ factor, weight }: Calibration, { estimated, actual }: ActualUsage): Calibration {
  const right = [estimated, actual].every((tokens) => tokens > 0 && tokens < Number.POSITIVE_INFINITY)
  if (!right) throw invalid('Give "estimated" and "actual" as tokens above 0')
  const raw = estimated / factor
  const old = FADING * weight
  const learned = (factor * old + actual) / (old + raw)
  return { factor: Math.min(FACTOR.most, Math.max(FACTOR.least, learned)), weight: old + raw }
}

const invalid = (message: string): EverthreadError => new EverthreadError('CALIBRATION_INVALID', message)
