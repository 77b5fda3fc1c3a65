import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { EverthreadError } from '../errors.ts'
import { knownOptions } from '../known-options.ts'

/** Where a request of a session comes from, as far as it is known. */
export interface Observation {
  /** IPv4 or IPv6. */
  ip?: string
  userAgent?: string
  deviceId?: string
}

/** What of an observation is another than before. */
export type Changed = 'ip' | 'userAgent' | 'deviceId'

/** What is to happen: nothing, or the user has to prove who it is, or the session ends. */
export type Verdict = 'allow' | 'challenge' | 'end'

export interface Observed {
  verdict: Verdict
  /** What changed suddenly; empty for nothing. */
  changed: Changed[]
}

/** An observation as it is kept: of the address only its network, and no more than hashes of either. */
export interface Seen {
  /** Network of the address, hashed. */
  i?: string
  /** User agent, hashed. */
  u?: string
  d?: string
  /** Store time, ms. */
  t: number
}

/** Another network counts as sudden only when the session was seen so shortly before, ms: people travel. */
export const SUDDEN_MS = 600_000
/** That a session was seen again, from where it was, is written no more often than this, ms. */
export const SEEN_MS = 60_000
const CHARS = 2_048

/** @throws `OBSERVATION_INVALID` */
export function seenOf(session: string, given: Observation, now: number): Seen {
  const known = ['ip', 'userAgent', 'deviceId'] as const
  const { ip, userAgent, deviceId } = knownOptions(given, known, 'OBSERVATION_INVALID', 'what is observed')
  return {
    ...(ip === undefined ? {} : { i: digest(session, networkOf(ip)) }),
    ...(userAgent === undefined ? {} : { u: digest(session, checkText(userAgent, 'userAgent')) }),
    ...(deviceId === undefined ? {} : { d: digest(session, checkText(deviceId, 'deviceId')) }),
    t: Math.floor(now),
  }
}

/** What is suddenly another than before. What was not known before has not changed. */
export function suddenChanges(before: Seen | undefined, now: Seen, suddenMs: number): Changed[] {
  if (!before) return []
  const differs = (name: 'i' | 'u' | 'd'): boolean =>
    before[name] !== undefined && now[name] !== undefined && before[name] !== now[name]
  return [
    ...(differs('i') && now.t - before.t < suddenMs ? (['ip'] as const) : []),
    ...(differs('u') ? (['userAgent'] as const) : []),
    ...(differs('d') ? (['deviceId'] as const) : []),
  ]
}

/** The one after the other: what is not observed this time stands. */
export const mergeSeen = (before: Seen | undefined, now: Seen): Seen => ({ ...before, ...now })

/** The first three numbers of an IPv4 address, the first four groups of an IPv6 one: what one subscriber has. */
function networkOf(ip: unknown): string {
  const text = typeof ip === 'string' ? ip.replace(/^::ffff:(?=\d+\.)/i, '') : ''
  const version = isIP(text)
  if (version === 4) return text.slice(0, text.lastIndexOf('.'))
  if (version === 6) return groupsOf(text).slice(0, 4).join(':')
  throw wrong('Give ip as an IPv4 or IPv6 address')
}

function groupsOf(ip: string): string[] {
  const [head = '', tail] = (ip.split('%')[0] ?? '').toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  return [...before, ...Array(zeros).fill('0'), ...after].map((group: string) => group.replace(/^0+(?=.)/, ''))
}

function checkText(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= CHARS) return value
  throw wrong(`Give ${name} as a text of 1 to ${CHARS} characters`)
}

const digest = (session: string, text: string): string =>
  createHash('sha256').update(`${session}\n${text}`).digest('base64url').slice(0, 16)

const wrong = (message: string): EverthreadError => new EverthreadError('OBSERVATION_INVALID', message)
