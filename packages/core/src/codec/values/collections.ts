import { types } from 'node:util'
import { CORRUPT, isEntries, type Kind, setOwn } from './kind.ts'

/** A kind that the encoder tells by itself. */
export type Shape = Omit<Kind, 'test'>

export const map: Kind = {
  tag: 'map',
  test: (value) => types.isMap(value),
  encode: (value) => [...(value as Map<unknown, unknown>)],
  decode: (data) => (isEntries(data) ? new Map(data) : CORRUPT),
}

export const set: Kind = {
  tag: 'set',
  test: (value) => types.isSet(value),
  encode: (value) => [...(value as Set<unknown>)],
  decode: (data) => (Array.isArray(data) ? new Set(data) : CORRUPT),
}

/** An array with holes: its length, and index and value of what is there. */
export const sparse: Kind = {
  tag: 'sparse',
  test: hasHoles,
  encode: (value) => {
    const array = value as unknown[]
    const entries = Object.keys(array).filter(isIndex)
    return [array.length, entries.map((key) => [Number(key), array[Number(key)]])]
  },
  decode: (data) => {
    if (!Array.isArray(data) || data.length !== 2 || !isEntries(data[1])) return CORRUPT
    const [length, entries] = data
    if (!Number.isInteger(length) || length < 0 || length > 2 ** 32 - 1) return CORRUPT
    const array: unknown[] = []
    array.length = length
    for (const [index, value] of entries) {
      if (!Number.isInteger(index) || (index as number) < 0 || (index as number) >= length) return CORRUPT
      array[index as number] = value
    }
    return array
  },
}

/** Ends at the first hole, so that one of length 2^32 is no work. */
export function hasHoles(value: object): boolean {
  if (!Array.isArray(value)) return false
  for (let i = 0; i < value.length; i++) if (value[i] === undefined && !(i in value)) return true
  return false
}

function isIndex(key: string): boolean {
  const index = Number(key)
  return Number.isInteger(index) && index >= 0 && index < 2 ** 32 - 1 && String(index) === key
}

/** An object that itself has a key `$`. Entries, so that it cannot be taken for a tag. */
export const escaped: Shape = {
  tag: 'object',
  encode: (value) => Object.entries(value),
  decode: (data) => fromEntries({}, data),
}

/** An object without a prototype. */
export const bare: Shape = {
  tag: 'bare',
  encode: (value) => Object.entries(value),
  decode: (data) => fromEntries(Object.create(null), data),
}

function fromEntries(target: object, data: unknown): unknown {
  if (!isEntries(data)) return CORRUPT
  for (const [key, value] of data) {
    if (typeof key !== 'string') return CORRUPT
    setOwn(target, key, value)
  }
  return target
}
