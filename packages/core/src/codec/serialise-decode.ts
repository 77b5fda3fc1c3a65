import { EverthreadError } from '../errors.ts'
import { MAX_DEPTH } from './serialise-plain.ts'
import { CORRUPT } from './values/kind.ts'
import { decodePrimitive } from './values/scalars.ts'

interface Decoding {
  tag: string
  decode(data: unknown): unknown
}

export class Decoder {
  private readonly kinds: ReadonlyMap<unknown, Decoding>

  constructor(kinds: readonly Decoding[]) {
    this.kinds = new Map(kinds.map((kind) => [kind.tag, kind]))
  }

  parse(text: string): unknown {
    let tree: unknown
    try {
      tree = JSON.parse(text)
    } catch (cause) {
      throw new EverthreadError('VALUE_CORRUPT', 'The stored value is not JSON: restore it from a backup', { cause })
    }
    // No key can be a tag without these three characters, and "$" is rare enough in text to make the search free.
    return text.includes('$":') ? this.revive(tree, 0) : tree
  }

  /** In place: the tree is ours. */
  private revive(value: unknown, depth: number): unknown {
    if (typeof value !== 'object' || value === null) return value
    // Tags add levels of their own to the text, and only then.
    if (depth > 4 * MAX_DEPTH) throw corrupt('it nests too deep')
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) {
        const child: unknown = value[i]
        if (typeof child === 'object') value[i] = this.revive(child, depth + 1)
      }
      return value
    }
    const record = value as Record<string, unknown>
    let first = true
    for (const key in record) {
      if (key === '$') {
        if (first) return this.untag(record, depth)
        throw corrupt('a tag is not where tags stand')
      }
      first = false
      const child = record[key]
      if (typeof child === 'object') record[key] = this.revive(child, depth + 1)
    }
    return record
  }

  private untag(record: Record<string, unknown>, depth: number): unknown {
    const { $: tag, v: data } = record
    const primitive = decodePrimitive(tag, data)
    if (primitive === CORRUPT) throw corrupt(`"${tag}" does not hold what it should`)
    if (primitive !== null) return primitive
    const kind = this.kinds.get(tag)
    if (!kind) throw corrupt(`nothing here reads the tag ${JSON.stringify(tag)}`)
    const decoded = kind.decode(this.revive(data, depth + 1))
    if (decoded === CORRUPT) throw corrupt(`"${tag}" does not hold what it should`)
    return decoded
  }
}

function corrupt(reason: string): EverthreadError {
  return new EverthreadError('VALUE_CORRUPT', `The stored value cannot be read: ${reason}`)
}
