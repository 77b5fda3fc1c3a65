import type { ContextMessage } from '../messages/context-message.ts'
import type { ModelMessageLike } from '../messages/model-message.ts'
import type { Fields } from '../messages/ui-message.ts'

/** Copies of messages, for whoever asked for them to do with as he likes. */
export class LentMessages {
  readonly copies: ContextMessage[]
  readonly #originals: readonly ModelMessageLike[]

  constructor(originals: readonly ModelMessageLike[]) {
    this.#originals = originals
    this.copies = originals.map(copyOf) as ContextMessage[]
  }

  /** The same with the originals in the place of the first copies, as far as nobody has changed these. */
  originalsOf<M extends ModelMessageLike>(messages: readonly M[]): M[] {
    const found = [...messages]
    for (const [at, original] of this.#originals.entries()) {
      if (messages[at] !== this.copies[at] || !isCopy(messages[at], original)) break
      found[at] = original as M
    }
    return found
  }

  /** The same with copies in the place of originals. */
  copiesOf<M extends ModelMessageLike>(messages: readonly M[]): M[] {
    const copies = new Map(this.#originals.map((original, at) => [original, this.copies[at] as ModelMessageLike as M]))
    return messages.map((message) => copies.get(message) ?? message)
  }
}

function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyOf)
  if (!isPlain(value)) {
    if (value instanceof URL) return new URL(value)
    return ArrayBuffer.isView(value) ? structuredClone(value) : value
  }
  const copy: Fields = {}
  for (const name of Object.keys(value)) {
    if (name !== '__proto__') copy[name] = copyOf((value as Fields)[name])
  }
  return copy
}

/** Whether it still says what was copied. */
function isCopy(value: unknown, original: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Object.is(value, original)
  if (typeof original !== 'object' || original === null) return false
  if (Array.isArray(value)) {
    return (
      Array.isArray(original) && value.length === original.length && value.every((one, at) => isCopy(one, original[at]))
    )
  }
  if (!isPlain(value)) return value instanceof URL && original instanceof URL && value.href === original.href
  if (!isPlain(original)) return false
  const names = Object.keys(value)
  return (
    names.length === Object.keys(original).length &&
    names.every((name) => Object.hasOwn(original, name) && isCopy((value as Fields)[name], (original as Fields)[name]))
  )
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
