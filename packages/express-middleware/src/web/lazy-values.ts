import { isReserved } from '../request/reserved.ts'
import type { KnownRow } from './known.ts'
import { decodeValue } from './session-rows.ts'

type Rows = ReadonlyMap<string, KnownRow>

/** Rows as properties, made once for all the requests that load them. */
const properties = new WeakMap<Rows, PropertyDescriptorMap>()
/** The text behind a property that nobody has looked at. */
const texts = new WeakMap<() => unknown, string>()

/** Gives an object the rows as its properties. Each is decoded when it is looked at: most requests look at few. */
export function defineLazily(target: object, rows: Rows): void {
  let found = properties.get(rows)
  if (!found) {
    found = propertiesOf(rows)
    properties.set(rows, found)
  }
  Object.defineProperties(target, found)
}

/** What a property reads as, with the text that it was stored as while nobody has looked at it. */
export function peek(target: object, name: string): { text: string } | { value: unknown } {
  const { get, value } = Object.getOwnPropertyDescriptor(target, name) as PropertyDescriptor
  const text = get && texts.get(get)
  if (text !== undefined) return { text }
  return { value: get ? Reflect.get(target, name) : value }
}

function propertiesOf(rows: Rows): PropertyDescriptorMap {
  // Without a prototype, `__proto__` is a name like any other.
  const found = Object.create(null) as PropertyDescriptorMap
  for (const [name, { text }] of rows) if (!isReserved(name)) found[name] = lazyProperty(name, text)
  return found
}

function lazyProperty(name: string, text: string): PropertyDescriptor {
  function get(this: object): unknown {
    const value = decodeValue(text)
    settle(this, name, value)
    return value
  }
  function set(this: object, value: unknown): void {
    settle(this, name, value)
  }
  texts.set(get, text)
  return { get, set, enumerable: true, configurable: true }
}

/** From now on a property as any other; where that is not allowed, as the object is frozen, it is decoded each time. */
function settle(target: object, name: string, value: unknown): void {
  Reflect.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}
