import { LRUCache } from 'lru-cache'
import { HELD, type Held } from '../request/held.ts'
import { isReserved } from '../request/reserved.ts'
import type { KnownRow } from './known.ts'
import { decodeValue } from './session-rows.ts'

const LAZY: unique symbol = Symbol('everthread.lazy')

/** By name, for all sessions: with the same properties in the same order they stay of one shape, which is fast. */
const properties = new LRUCache<string, PropertyDescriptor>({ max: 1_000 })

interface Holder {
  [HELD]: Held
}

/** Gives a session the rows as its properties. Each is decoded when it is looked at: most requests look at few. */
export function defineLazily(session: object, rows: ReadonlyMap<string, KnownRow>): void {
  ;(session as Holder)[HELD].rows = rows
  for (const name of rows.keys()) {
    if (!isReserved(name)) Object.defineProperty(session, name, propertyOf(name))
  }
}

/** What a property reads as, or the text that it was loaded as while nobody has looked at it. */
export function peek(session: object, name: string): { text: string } | { value: unknown } {
  const { get, value } = Object.getOwnPropertyDescriptor(session, name) as PropertyDescriptor
  if (!get) return { value }
  return LAZY in get ? { text: textIn(session, name) } : { value: Reflect.get(session, name) }
}

function propertyOf(name: string): PropertyDescriptor {
  const known = properties.get(name)
  if (known) return known
  function get(this: object): unknown {
    const value = decodeValue(textIn(this, name))
    settle(this, name, value)
    return value
  }
  function set(this: object, value: unknown): void {
    settle(this, name, value)
  }
  const made = { get: Object.assign(get, { [LAZY]: true }), set, enumerable: true, configurable: true }
  properties.set(name, made)
  return made
}

function textIn(session: object, name: string): string {
  return (session as Holder)[HELD].rows?.get(name)?.text as string
}

/** From now on a property as any other; where that is not allowed, as the object is frozen, it is decoded each time. */
function settle(session: object, name: string, value: unknown): void {
  Reflect.defineProperty(session, name, { value, enumerable: true, configurable: true, writable: true })
}
