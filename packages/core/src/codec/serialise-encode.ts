import { EverthreadError } from '../errors.ts'
import { MAX_DEPTH } from './serialise-plain.ts'
import { bare, escaped, hasHoles, sparse } from './values/collections.ts'
import type { Extension } from './values/extension.ts'
import { setOwn } from './values/kind.ts'
import { kindOf } from './values/kinds.ts'
import { encodePrimitive, hasToJson, unboxed } from './values/scalars.ts'

/** The value as a tree that `JSON.stringify` writes exactly. Parts that need no tag are taken over, not copied. */
export function encode(value: unknown, extensions: readonly Extension[], name: string): unknown {
  return new Encoder(extensions, name).value(value)
}

type Codec = Pick<Extension, 'tag' | 'encode'>

class Encoder {
  private readonly extensions: readonly Extension[]
  private readonly name: string
  /** Where we are: the keys, the objects around, and how many keys led to each of those. */
  private readonly path: (string | number)[] = []
  private readonly parents: object[] = []
  private readonly depths: number[] = []

  constructor(extensions: readonly Extension[], name: string) {
    this.extensions = extensions
    this.name = name
  }

  value(value: unknown, callToJson = true): unknown {
    if (typeof value === 'function' || typeof value === 'symbol') {
      throw new EverthreadError('VALUE_UNSUPPORTED', `Remove "${this.where()}": a ${typeof value} cannot be stored`)
    }
    if (typeof value !== 'object' || value === null) return encodePrimitive(value)
    if (this.parents.length >= MAX_DEPTH) this.refuseDepth()
    this.parents.push(value)
    this.depths.push(this.path.length)
    const encoded = this.object(value, callToJson)
    this.parents.pop()
    this.depths.pop()
    return encoded
  }

  private object(value: object, callToJson: boolean): unknown {
    if (Array.isArray(value)) return hasHoles(value) ? this.tagged(sparse, value) : this.array(value)
    const proto: unknown = Object.getPrototypeOf(value)
    if (proto !== Object.prototype && proto !== null) return this.instance(value, callToJson)
    if (callToJson && hasToJson(value)) return this.json(value)
    return proto === null ? this.tagged(bare, value) : this.properties(value, false)
  }

  private instance(value: object, callToJson: boolean): unknown {
    for (const extension of this.extensions) if (extension.test(value)) return this.tagged(extension, value)
    const kind = kindOf(value)
    if (kind) return this.tagged(kind, value)
    if (callToJson && hasToJson(value)) return this.json(value)
    const primitive = unboxed(value)
    return primitive === value ? this.properties(value, true) : this.value(primitive)
  }

  /** As in JSON, what `toJSON` returns is not asked for a `toJSON` of its own: it may return itself. */
  private json(value: { toJSON: (key: string) => unknown }): unknown {
    const result = value.toJSON(String(this.path.at(-1) ?? ''))
    if (result !== value) return this.value(result, false)
    return this.properties(value, true)
  }

  private tagged(codec: Codec, value: object): unknown {
    return { $: codec.tag, v: this.value(codec.encode(value)) }
  }

  private array(value: unknown[]): unknown[] {
    let copy: unknown[] | undefined
    for (let i = 0; i < value.length; i++) {
      const encoded = this.at(i, value[i])
      if (copy) copy.push(encoded)
      else if (encoded !== value[i]) copy = [...value.slice(0, i), encoded]
    }
    return copy ?? value
  }

  private properties(value: object, isInstance: boolean): unknown {
    if (Object.hasOwn(value, '$')) return this.tagged(escaped, value)
    let copy: object | undefined = isInstance ? {} : undefined
    const keys = Object.keys(value)
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string
      const original = (value as Record<string, unknown>)[key]
      const encoded = this.at(key, original)
      if (!copy && encoded !== original) {
        copy = {}
        for (let k = 0; k < i; k++)
          setOwn(copy, keys[k] as string, (value as Record<string, unknown>)[keys[k] as string])
      }
      if (copy) setOwn(copy, key, encoded)
    }
    return copy ?? value
  }

  private at(key: string | number, value: unknown): unknown {
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
    this.path.push(key)
    const encoded = this.value(value)
    this.path.pop()
    return encoded
  }

  private refuseDepth(): never {
    const seen = new Set<object>()
    const repeated = this.parents.findIndex((parent) => seen.size === seen.add(parent).size)
    if (repeated >= 0) {
      const where = pathText(this.name, this.path.slice(0, this.depths[repeated]))
      throw new EverthreadError('VALUE_CYCLIC', `Break the cycle at "${where}": a value cannot contain itself`)
    }
    const where = pathText(this.name, this.path.slice(0, 8))
    throw new EverthreadError('VALUE_TOO_DEEP', `Flatten "${where}…": it nests deeper than ${MAX_DEPTH} levels`)
  }

  private where(): string {
    return pathText(this.name, this.path)
  }
}

function pathText(name: string, path: readonly (string | number)[]): string {
  let text = name
  for (const key of path)
    text += typeof key === 'number' || !/^[\w$]+$/.test(key) ? `[${JSON.stringify(key)}]` : `.${key}`
  return text
}
