import { EverthreadError } from '../errors.ts'
import { Decoder } from './serialise-decode.ts'
import { encode } from './serialise-encode.ts'
import { isPlainJson } from './serialise-plain.ts'
import type { Extension } from './values/extension.ts'
import { classKinds, shapeKinds } from './values/kinds.ts'

export type { Extension } from './values/extension.ts'

/**
 * Values as JSON text, exactly: what `parse` gives back equals what `stringify` was given.
 *
 * Beyond JSON it keeps undefined (as a property, too), NaN, Infinity, -Infinity, -0, BigInt, Date, Map, Set, RegExp,
 * URL, errors, typed arrays, DataView, ArrayBuffer, Buffer, sparse arrays, objects without a prototype, keys called
 * `__proto__`, and strings with lone surrogates. Objects with a `toJSON` become what it returns; instances of other
 * classes become plain objects of their own enumerable properties. Shared references become copies.
 */
export interface Serialiser {
  /**
   * @param name - what error messages call the value
   * @throws `VALUE_CYCLIC`, `VALUE_TOO_DEEP`, `VALUE_TOO_LARGE`, or `VALUE_UNSUPPORTED` for functions and symbols
   */
  stringify(value: unknown, name?: string): string
  /**
   * Constructs nothing but the values named above and what a given extension decodes.
   *
   * @throws `VALUE_CORRUPT` for text that no serialiser with these extensions has written
   */
  parse(text: string): unknown
}

/**
 * @param extensions - tried in order, before everything else, on objects that are neither arrays nor plain
 * @throws `EXTENSION_INVALID` when two share a tag, or one takes a tag of ours
 */
export function createSerialiser(extensions: readonly Extension[] = []): Serialiser {
  const decoder = new Decoder([...classKinds, ...shapeKinds, ...checked(extensions)])
  return {
    stringify(value, name = 'value') {
      try {
        return JSON.stringify(isPlainJson(value) ? value : encode(value, extensions, name))
      } catch (error) {
        throw refusal(error, name)
      }
    },
    parse(text) {
      return decoder.parse(text)
    },
  }
}

function checked(extensions: readonly Extension[]): readonly Extension[] {
  const taken = new Set([
    'undefined',
    'bigint',
    'number',
    ...classKinds.map((k) => k.tag),
    ...shapeKinds.map((k) => k.tag),
  ])
  for (const { tag } of extensions) {
    if (taken.has(tag))
      throw new EverthreadError('EXTENSION_INVALID', `Give the extension another tag: "${tag}" is taken`)
    taken.add(tag)
  }
  return extensions
}

function refusal(error: unknown, name: string): EverthreadError {
  if (EverthreadError.isInstance(error)) return error
  if (error instanceof RangeError && /string length/i.test(error.message)) {
    return new EverthreadError('VALUE_TOO_LARGE', `Split "${name}": its JSON is longer than a string can be`, {
      cause: error,
    })
  }
  if (error instanceof RangeError) {
    return new EverthreadError('VALUE_TOO_DEEP', `Flatten "${name}": it nests deeper than the stack allows`, {
      cause: error,
    })
  }
  return new EverthreadError('VALUE_UNSUPPORTED', `"${name}" cannot be stored: reading it failed`, { cause: error })
}
