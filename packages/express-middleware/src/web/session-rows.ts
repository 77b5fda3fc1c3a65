import { createSerialiser } from '@everthread/core'
import type { CookieData } from '../cookie/cookie.ts'
import { isReserved, refuseReserved } from '../request/reserved.ts'
import type { KnownRow } from './known.ts'
import { peek } from './lazy-values.ts'
import type { Meta } from './meta.ts'

const { stringify, parse } = createSerialiser()

export const encodeValue = (name: string, value: unknown): string => stringify(value, `session.${name}`)
export const decodeValue = (text: string): unknown => parse(text)

/** What is stored of a session, by name. Of a session's own names, functions are passed over: somebody wrapped them. */
export function rowsOf(session: object): Map<string, string> {
  const rows = new Map<string, string>()
  for (const name of Object.keys(session)) {
    const text = rowOf(session, name)
    if (text !== undefined) rows.set(name, text)
  }
  return rows
}

const NONE: ReadonlyMap<string, string | undefined> = new Map()

/** What the session holds other than these rows; undefined for what is no more. */
export function changesIn(
  session: object,
  rows: ReadonlyMap<string, KnownRow>,
): ReadonlyMap<string, string | undefined> {
  let changed: Map<string, string | undefined> | undefined
  let held = 0
  for (const name of Object.keys(session)) {
    const text = rowOf(session, name)
    if (text === undefined) continue
    const before = rows.get(name)
    if (before) held++
    if (before?.text === text) continue
    changed ??= new Map()
    changed.set(name, text)
  }
  if (held === rows.size) return changed ?? NONE
  const gone = [...rows.keys()].filter((name) => !isHeld(session, name))
  return new Map([...(changed ?? NONE), ...gone.map((name) => [name, undefined] as const)])
}

function isHeld(session: object, name: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(session, name) && rowOf(session, name) !== undefined
}

function rowOf(session: object, name: string): string | undefined {
  if (name === 'cookie') return undefined
  const found = peek(session, name)
  if ('text' in found) return found.text
  const { value } = found
  if (value === undefined || (typeof value === 'function' && isReserved(name))) return undefined
  refuseReserved(name)
  return encodeValue(name, value)
}

/** What makes the rows as they were into those that are now; undefined for what is no more. */
export function differences(
  before: ReadonlyMap<string, KnownRow>,
  now: ReadonlyMap<string, string>,
): Map<string, string | undefined> {
  const changed = new Map<string, string | undefined>()
  for (const [name, text] of now) if (before.get(name)?.text !== text) changed.set(name, text)
  for (const name of before.keys()) if (!now.has(name)) changed.set(name, undefined)
  return changed
}

const KEPT = ['partitioned', 'priority', 'secure', 'httpOnly', 'domain', 'path', 'sameSite'] as const

/** Of a cookie, what is kept: when it expires follows from when the session does. */
export function keptOf(cookie: CookieData | Meta['cookie']): Meta['cookie'] {
  const kept: Meta['cookie'] = { originalMaxAge: cookie.originalMaxAge }
  for (const name of KEPT) if (cookie[name] !== undefined) Object.assign(kept, { [name]: cookie[name] })
  return kept
}

/** express-session reads `originalMaxAge` off the clock, which may have gone on by a moment. */
const CLOCK_NOISE_MS = 5

export function isSameCookie(one: Meta['cookie'], other: Meta['cookie']): boolean {
  const { originalMaxAge: a } = one
  const { originalMaxAge: b } = other
  const isSameAge = a === b || (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= CLOCK_NOISE_MS)
  return isSameAge && KEPT.every((name) => one[name] === other[name])
}
