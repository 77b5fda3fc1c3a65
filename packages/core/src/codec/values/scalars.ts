import { types } from 'node:util'
import { CORRUPT, type Kind } from './kind.ts'

export const date: Kind = {
  tag: 'date',
  test: (value) => types.isDate(value),
  encode: (value) => {
    const time = Date.prototype.getTime.call(value)
    return Number.isNaN(time) ? null : time
  },
  decode: (data) => {
    if (data === null) return new Date(Number.NaN)
    return typeof data === 'number' ? new Date(data) : CORRUPT
  },
}

export const regexp: Kind = {
  tag: 'regexp',
  test: (value) => types.isRegExp(value),
  encode: (value) => {
    const { source, flags, lastIndex } = value as RegExp
    return lastIndex === 0 ? [source, flags] : [source, flags, lastIndex]
  },
  decode: (data) => {
    if (!Array.isArray(data)) return CORRUPT
    const [source, flags, lastIndex = 0] = data
    if (typeof source !== 'string' || typeof flags !== 'string' || typeof lastIndex !== 'number') return CORRUPT
    try {
      const revived = new RegExp(source, flags)
      revived.lastIndex = lastIndex
      return revived
    } catch {
      return CORRUPT
    }
  },
}

export const url: Kind = {
  tag: 'url',
  test: (value) => value instanceof URL,
  encode: (value) => (value as URL).href,
  decode: (data) => (typeof data === 'string' && URL.canParse(data) ? new URL(data) : CORRUPT),
}

export function hasToJson(value: object): value is { toJSON: (key: string) => unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function'
}

/** `new String('a')` and the like are unwrapped, as JSON does. */
export function unboxed(value: object): unknown {
  if (types.isNumberObject(value) || types.isStringObject(value)) return value.valueOf()
  if (types.isBooleanObject(value) || types.isBigIntObject(value)) return value.valueOf()
  return value
}

/** Primitives without a JSON form: `undefined`, bigints, and the numbers that JSON would turn into null or 0. */
export function encodePrimitive(value: unknown): unknown {
  if (value === undefined) return { $: 'undefined' }
  if (typeof value === 'bigint') return { $: 'bigint', v: value.toString() }
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { $: 'number', v: Object.is(value, -0) ? '-0' : String(value) }
  }
  return value
}

const numbers: Record<string, number> = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity, '-0': -0 }

/** The primitive behind a tag, {@link CORRUPT}, or `null` when the tag is not one of a primitive. */
export function decodePrimitive(tag: unknown, data: unknown): unknown {
  switch (tag) {
    case 'undefined':
      return undefined
    case 'bigint':
      return typeof data === 'string' && /^-?\d+$/.test(data) ? BigInt(data) : CORRUPT
    case 'number':
      return typeof data === 'string' && Object.hasOwn(numbers, data) ? numbers[data] : CORRUPT
    default:
      return null
  }
}
