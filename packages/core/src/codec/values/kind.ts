/**
 * One sort of value that JSON has no words for. Written as `{"$": tag, "v": encode(value)}`; what `encode` returns is
 * serialised in turn, and `decode` gets it back already revived.
 */
export interface Kind {
  tag: string
  test(value: object): boolean
  encode(value: object): unknown
  /** Returns {@link CORRUPT} for data that `encode` cannot have written. */
  decode(data: unknown): unknown
}

/** What a kind's `decode` answers to data that no `encode` has written. */
export const CORRUPT: unique symbol = Symbol('corrupt')

/** Sets an own property, also where the key is `__proto__`. */
export function setOwn(target: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    ;(target as Record<string, unknown>)[key] = value
  }
}

export function isEntries(data: unknown): data is [unknown, unknown][] {
  return Array.isArray(data) && data.every((entry) => Array.isArray(entry) && entry.length === 2)
}

/** Whether the value is what JSON calls an object: not an array, not an instance of a class. */
export function isRecord(data: unknown): data is Record<string, unknown> {
  return (
    typeof data === 'object' &&
    data !== null &&
    !Array.isArray(data) &&
    Object.getPrototypeOf(data) === Object.prototype
  )
}
