import type { Snapshot, SnapshotList } from './snapshot.ts'

/**
 * A snapshot of a value by identity: each object that it reaches once, with its class, keys and values. Cheaper to hold
 * against the value than a snapshot by content, above all when many lie end to end in memory.
 */
export interface Piece {
  root: unknown
  objects: object[]
  /** For each object the length of an array, {@link EMPTY}, or how to see whether it is still what it was. */
  marks: (number | Shape | Content)[]
  /** What the objects hold, one after the other: elements, and property values in the order of their shape's keys. */
  values: unknown[]
}

export interface Shape {
  /** Of the class; undefined for plain objects, as nothing makes one of them an instance of something else. */
  made: unknown
  keys: readonly string[]
}

/** Compares objects that are more than their properties, by content. */
export interface Content {
  keys: undefined
  same(value: unknown): boolean
}

/** Marks a plain object without properties. A quarter of what messages reach are such. */
export const EMPTY = -1

/** Stands for an element that is undefined, and not a hole. */
export const UNDEFINED: unique symbol = Symbol('undefined')

/** Elements whose objects are fetched ahead. */
const AHEAD = 8

/** The snapshots of a list's elements, end to end. Grows at the end only, so that lists may share one. */
export class PieceList implements SnapshotList {
  readonly #roots: unknown[] = []
  readonly #objects: object[] = []
  readonly #marks: Piece['marks'] = []
  readonly #values: unknown[] = []
  /** Where the objects and the values of each element begin, and where the last one's end. */
  readonly #objectsAt: number[] = [0]
  readonly #valuesAt: number[] = [0]

  get length(): number {
    return this.#roots.length
  }

  push(snapshot: Snapshot): void {
    const { root, objects, marks, values } = snapshot as Piece
    this.#roots.push(root)
    for (const object of objects) this.#objects.push(object)
    for (const mark of marks) this.#marks.push(mark)
    for (const value of values) this.#values.push(value)
    this.#objectsAt.push(this.#objects.length)
    this.#valuesAt.push(this.#values.length)
  }

  at(index: number): Piece {
    const [from, to] = [this.#objectsAt[index], this.#objectsAt[index + 1]]
    return {
      root: this.#roots[index],
      objects: this.#objects.slice(from, to),
      marks: this.#marks.slice(from, to),
      values: this.#values.slice(this.#valuesAt[index], this.#valuesAt[index + 1]),
    }
  }

  first(count: number): PieceList {
    const list = new PieceList()
    for (let i = 0; i < count; i++) list.push(this.at(i))
    return list
  }

  leading(items: readonly unknown[], end: number): number {
    const roots = this.#roots
    let same = 0
    while (same < end && Object.is(items[same], roots[same])) same++
    const objects = this.#objects
    const starts = this.#objectsAt
    for (let i = 0; i < same; ) {
      const next = Math.min(i + AHEAD, same)
      const stop = starts[next] as number
      // A long history is in no cache. Asked for one after the other its objects come from memory at the same time;
      // left to the comparison each would be waited for by itself, which takes a third longer.
      for (let at = starts[i] as number; at < stop; at++) if (typeof objects[at] !== 'object') return i
      const changed = this.#firstChanged(i, next)
      while (i < next && (starts[i + 1] as number) <= changed) i++
      if (i < next) return i
    }
    return same
  }

  /** Whether the value is the very one that was captured, and nothing in it has changed, at any depth. */
  holds(index: number, value: unknown): boolean {
    return Object.is(value, this.#roots[index]) && this.#firstChanged(index, index + 1) === this.#objectsAt[index + 1]
  }

  /**
   * The first object of a stretch of elements that is not what it was: in a property, a key, its length or its class.
   * The end of the stretch when nothing has changed. The hot path: it allocates nothing, and `Object.is` tells what is
   * the same without looking into it, where `===` would fetch every string to see that it is no NaN.
   */
  #firstChanged(from: number, to: number): number {
    const objects = this.#objects
    const marks = this.#marks
    const values = this.#values
    const end = this.#objectsAt[to] as number
    let next = this.#valuesAt[from] as number
    for (let at = this.#objectsAt[from] as number; at < end; at++) {
      const object = objects[at] as object
      const mark = marks[at] as number | Shape | Content
      if (typeof mark === 'number') {
        if (mark === EMPTY) {
          for (const _ in object) return at
          continue
        }
        if ((object as unknown[]).length !== mark) return at
        for (let i = 0; i < mark; i++) {
          if (!Object.is((object as unknown[])[i], values[next++]) && !isUndefined(object, i, values[next - 1]))
            return at
        }
        continue
      }
      const { keys } = mark
      if (keys === undefined) {
        if (!mark.same(object)) return at
        continue
      }
      if (mark.made !== undefined && object.constructor !== mark.made) return at
      let i = 0
      for (const key in object) {
        if (key !== keys[i++] || !Object.is((object as Record<string, unknown>)[key], values[next++])) return at
      }
      if (i !== keys.length) return at
    }
    return end
  }
}

/** A hole is not an element that is undefined. */
function isUndefined(array: object, index: number, mark: unknown): boolean {
  return mark === UNDEFINED && (array as unknown[])[index] === undefined && index in array
}
