import { type Capturer, createCapturer, sightOf } from './capture.ts'
import type { Snapshot, SnapshotList, Snapshotter } from './snapshot.ts'
import type { Extension } from './values/extension.ts'

/**
 * A snapshot of a value by identity: each object that it reaches once, with its class, keys and values, in one flat
 * list. Cheaper to hold against the value than a snapshot by content, above all when many lie end to end in memory.
 *
 * `[length, root, ...]`, then for each object `object, mark, values...`, where the mark is the length of an array,
 * the {@link Shape} of an object, or a {@link Content} for what its own properties do not show.
 */
type Piece = readonly unknown[]

interface Shape {
  /** Undefined for plain objects: nothing makes one of them an instance of something else. */
  proto: object | null | undefined
  keys: readonly string[]
}

/** Compares objects that are more than their properties, by content. */
interface Content {
  keys: undefined
  same(value: unknown): boolean
}

/** Stand for values that `===` takes for another, and for an element that is not a hole. */
const ZERO = Symbol('0')
const MINUS_ZERO = Symbol('-0')
const UNDEFINED = Symbol('undefined')

const SHAPES_OF_A_CLASS = 64

/** @param extensions - those of the serialiser whose view is meant */
export function identitySnapshots(extensions: readonly Extension[] = []): Snapshotter {
  const capturer = createCapturer(extensions)
  const shapes = new Map<object | null, Shape[]>()

  function look(object: object, piece: unknown[], reached: object[]): void {
    piece.push(object)
    if (sightOf(object, extensions)) piece.push(contentOf(object, capturer))
    else if (Array.isArray(object)) {
      piece.push(object.length)
      for (const value of object) {
        piece.push(value === undefined ? UNDEFINED : mark(value))
        reach(value, reached)
      }
    } else {
      const shape = shapeOf(object, shapes)
      const fixed = shape.proto ? extensions.find(({ test }) => test(object))?.fixed : undefined
      piece.push(shape)
      for (const key of shape.keys) {
        const value = (object as Record<string, unknown>)[key]
        piece.push(mark(value))
        if (!fixed?.includes(key)) reach(value, reached)
      }
    }
  }

  return {
    byContent: false,
    list: () => new PieceList([], []),
    take(value): Piece {
      const piece: unknown[] = [2, mark(value)]
      const reached: object[] = []
      reach(value, reached)
      // What is reached is added while it is gone through.
      for (let i = 0; i < reached.length; i++) look(reached[i] as object, piece, reached)
      piece[0] = piece.length
      return piece
    },
  }
}

const MANY = 64
const large = new WeakMap<object[], Set<object>>()

/** Adds an object that was not reached before. A search through few is faster than a set. */
function reach(value: unknown, reached: object[]): void {
  if (typeof value !== 'object' || value === null) return
  if (reached.length < MANY) {
    if (!reached.includes(value)) reached.push(value)
    return
  }
  let known = large.get(reached)
  if (!known) {
    known = new Set(reached)
    large.set(reached, known)
  }
  if (known.has(value)) return
  known.add(value)
  reached.push(value)
}

function contentOf(object: object, capturer: Capturer): Content {
  const capture = capturer.capture(object)
  return { keys: undefined, same: (value) => capturer.unchanged(value, capture) }
}

const mark = (value: unknown): unknown => (value === 0 ? (Object.is(value, 0) ? ZERO : MINUS_ZERO) : value)

/** Objects alike share their shape, so that it stays in the processor's cache. */
function shapeOf(object: object, shapes: Map<object | null, Shape[]>): Shape {
  const proto: object | null = Object.getPrototypeOf(object)
  let alike = shapes.get(proto)
  if (!alike) {
    alike = []
    shapes.set(proto, alike)
  }
  for (const shape of alike) if (hasKeys(object, shape.keys)) return shape
  const keys: string[] = []
  for (const key in object) keys.push(key)
  const shape = { proto: proto === Object.prototype ? undefined : proto, keys }
  if (alike.length < SHAPES_OF_A_CLASS) alike.push(shape)
  return shape
}

function hasKeys(object: object, keys: readonly string[]): boolean {
  let i = 0
  for (const key in object) if (key !== keys[i++]) return false
  return i === keys.length
}

/** The snapshots of a list's elements, end to end. Grows at the end only, so that lists may share one. */
class PieceList implements SnapshotList {
  readonly #flat: unknown[]
  readonly #starts: number[]

  constructor(flat: unknown[], starts: number[]) {
    this.#flat = flat
    this.#starts = starts
  }

  get length(): number {
    return this.#starts.length
  }

  push(snapshot: Snapshot): void {
    const flat = this.#flat
    this.#starts.push(flat.length)
    for (const slot of snapshot as Piece) flat.push(slot)
  }

  at(index: number): Snapshot {
    const start = this.#starts[index] as number
    return this.#flat.slice(start, start + (this.#flat[start] as number))
  }

  first(count: number): SnapshotList {
    const starts = this.#starts.slice(0, count)
    return new PieceList(this.#flat.slice(0, this.#starts[count] ?? this.#flat.length), starts)
  }

  /**
   * Whether the value is the very one that was captured, and nothing in it has changed: no property, key, length or
   * class, at any depth. The hot path: it allocates nothing.
   */
  holds(index: number, value: unknown): boolean {
    const flat = this.#flat
    let at = this.#starts[index] as number
    const end = at + (flat[at] as number)
    if (value !== flat[at + 1] && !sameMark(value, flat[at + 1])) return false
    at += 2
    while (at < end) {
      const object = flat[at] as object
      const mark = flat[at + 1]
      at += 2
      if (typeof mark === 'number') {
        if ((object as unknown[]).length !== mark) return false
        for (let i = 0; i < mark; i++) {
          const child = (object as unknown[])[i]
          if (child !== flat[at++] && !sameElement(object, i, flat[at - 1])) return false
        }
        continue
      }
      const { keys } = mark as Shape | Content
      if (keys === undefined) {
        if (!(mark as Content).same(object)) return false
        continue
      }
      const { proto } = mark as Shape
      if (proto !== undefined && Object.getPrototypeOf(object) !== proto) return false
      let i = 0
      for (const key in object) {
        if (key !== keys[i++]) return false
        const child = (object as Record<string, unknown>)[key]
        if (child !== flat[at++] && !sameMark(child, flat[at - 1])) return false
      }
      if (i !== keys.length) return false
    }
    return true
  }
}

function sameMark(value: unknown, mark: unknown): boolean {
  if (mark === ZERO) return Object.is(value, 0)
  if (mark === MINUS_ZERO) return Object.is(value, -0)
  if (mark === UNDEFINED) return value === undefined
  return Object.is(value, mark)
}

/** A hole is not an element that is undefined. */
function sameElement(array: object, index: number, mark: unknown): boolean {
  return sameMark((array as unknown[])[index], mark) && index in array
}
