import type { SessionExpiry } from '../checkpoint/session-row.ts'
import { IDLE_MS } from '../checkpoint/session-state.ts'
import { EverthreadError } from '../errors.ts'

/** When a session is idle, expires, and is deleted. All in ms. */
export interface ExpiryOptions {
  /** Idle after so long without activity. Default 30 minutes. */
  idleMs?: number
  /** Expired after so long without activity; `false`: never. Default 4 hours. */
  expireMs?: number | false
  /** Expired so long after it was made, whatever the activity. Default: never. */
  maxAgeMs?: number | false
  /** Deleted so long after it has expired; `false`: never. Default 30 days. */
  keepMs?: number | false
}

export const DEFAULT_EXPIRY: SessionExpiry = Object.freeze({
  idleMs: IDLE_MS,
  expireMs: 4 * 3_600_000,
  keepMs: 30 * 24 * 3_600_000,
})

/** 100 years: beyond it, times are no times. */
const MOST_MS = 100 * 366 * 24 * 3_600_000
const NAMES = ['idleMs', 'expireMs', 'maxAgeMs', 'keepMs'] as const

const wrong = (message: string): EverthreadError => new EverthreadError('EXPIRY_INVALID', message)

/**
 * A number is `expireMs` alone; `false` is no expiry by itself at all.
 *
 * @throws `EXPIRY_INVALID`
 */
export function resolveExpiry(given: unknown, defaults: SessionExpiry | undefined): SessionExpiry | undefined {
  if (given === undefined) return defaults
  if (given === false) return { idleMs: defaults?.idleMs ?? IDLE_MS }
  if (typeof given === 'number') return resolveExpiry({ expireMs: given }, defaults)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw wrong('Give expiry as an object, as milliseconds without activity, or as false')
  }
  const options = given as Record<string, unknown>
  const unknown = Object.keys(options).find((name) => !(NAMES as readonly string[]).includes(name))
  if (unknown !== undefined) throw wrong(`Leave out "${unknown.slice(0, 40)}" of expiry: it knows ${NAMES.join(', ')}`)
  const expiry: SessionExpiry = { ...(defaults ?? DEFAULT_EXPIRY) }
  for (const name of NAMES) {
    const value = options[name]
    if (value === false && name !== 'idleMs') delete expiry[name]
    else if (value !== undefined) expiry[name] = checkMs(value, name)
  }
  return expiry
}

function checkMs(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value <= MOST_MS) return value
  throw wrong(`Give ${name} as a whole number of milliseconds above 0`)
}
