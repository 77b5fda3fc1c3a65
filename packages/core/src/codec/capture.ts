import { EverthreadError } from '../errors.ts'
import { MAX_DEPTH } from './serialise-plain.ts'
import type { Snapshot, SnapshotList, Snapshotter } from './snapshot.ts'
import { hasHoles, sparse } from './values/collections.ts'
import type { Extension } from './values/extension.ts'
import { kindOf } from './values/kinds.ts'
import { hasToJson, unboxed } from './values/scalars.ts'

declare const opaque: unique symbol

/** What a value looked like: its primitives, keys and classes in one flat list. Holds none of its objects. */
export interface Capture {
  readonly [opaque]: true
}

/** Takes captures of values and tells, by walking the value again, whether it would still be serialised the same. */
export interface Capturer {
  /** @throws `VALUE_TOO_DEEP` for what nests too deep, or is cyclic */
  capture(value: unknown): Capture
  /**
   * Exact by content: in-place changes at any depth, keys added, removed or reordered, lengths and classes. That an
   * object was replaced by an equal one is no change.
   */
  unchanged(value: unknown, capture: Capture): boolean
}

/** Snapshots by content: a few times dearer to hold a value against than those by identity, but good for any copy. */
export function contentSnapshots(extensions: readonly Extension[] = []): Snapshotter {
  const { capture, unchanged } = createCapturer(extensions)
  return { byContent: true, take: capture, list: () => new ContentList(unchanged, []) }
}

class ContentList implements SnapshotList {
  readonly #unchanged: Capturer['unchanged']
  readonly #captures: Capture[]

  constructor(unchanged: Capturer['unchanged'], captures: Capture[]) {
    this.#unchanged = unchanged
    this.#captures = captures
  }

  get length(): number {
    return this.#captures.length
  }

  push(snapshot: Snapshot): void {
    this.#captures.push(snapshot as Capture)
  }

  at(index: number): Snapshot {
    return this.#captures[index]
  }

  first(count: number): SnapshotList {
    return new ContentList(this.#unchanged, this.#captures.slice(0, count))
  }

  holds(index: number, value: unknown): boolean {
    return this.#unchanged(value, this.#captures[index] as Capture)
  }

  leading(values: readonly unknown[], end: number): number {
    for (let i = 0; i < end; i++) if (!this.holds(i, values[i])) return i
    return end
  }
}

/** How to see a value that its own properties do not show: `look` gives something to walk in its place. */
export interface Sight {
  test(value: object): boolean
  encode(value: object): unknown
}

const END = Symbol('end of an object')
const BARE = Symbol('no prototype')

const ofJson: Sight = { test: hasToJson, encode: (value) => hasToJson(value) && value.toJSON('') }
const ofBox: Sight = { test: (value) => unboxed(value) !== value, encode: unboxed }

/** @param extensions - those of the serialiser whose view is meant */
export function createCapturer(extensions: readonly Extension[] = []): Capturer {
  return {
    capture(value) {
      const seen: unknown[] = []
      look(value, seen, extensions, 0)
      // A list that has grown keeps room to grow on.
      return seen.slice() as unknown as Capture
    },
    unchanged(value, capture) {
      const seen = capture as unknown as unknown[]
      if (typeof value === 'object' && value !== null) return compare(value, seen, 0) > 0
      return Object.is(value, seen[0])
    },
  }
}

const plain: Capturer = createCapturer()

/** A capture as a serialiser without extensions sees the value. */
export const captureValue: Capturer['capture'] = plain.capture

/** Whether the value is, by content, what it was at the capture. */
export const unchangedValue: Capturer['unchanged'] = plain.unchanged

/**
 * Appends, for a primitive, itself; for an object its prototype, a mark, and what it holds. The mark is the length of
 * a dense array, undefined for key after key, or the sight by which to see the rest.
 */
function look(value: unknown, seen: unknown[], extensions: readonly Extension[], depth: number): void {
  if (typeof value !== 'object' || value === null) {
    seen.push(value)
    return
  }
  if (depth > MAX_DEPTH) {
    throw new EverthreadError(
      'VALUE_TOO_DEEP',
      `Flatten the value: it nests deeper than ${MAX_DEPTH} levels, or is cyclic`,
    )
  }
  seen.push(Object.getPrototypeOf(value) ?? BARE)
  const sight = sightOf(value, extensions)
  if (sight) {
    seen.push(sight)
    look(sight.encode(value), seen, extensions, depth + 1)
  } else if (Array.isArray(value)) {
    seen.push(value.length)
    for (let i = 0; i < value.length; i++) look(value[i], seen, extensions, depth + 1)
  } else {
    seen.push(undefined)
    for (const key in value) {
      seen.push(key)
      look((value as Record<string, unknown>)[key], seen, extensions, depth + 1)
    }
    seen.push(END)
  }
}

/** What shows of a value beyond its own properties; undefined when they are all there is to it. */
export function sightOf(value: object, extensions: readonly Extension[]): Sight | undefined {
  if (Array.isArray(value)) return hasHoles(value) ? sparse : undefined
  const proto: unknown = Object.getPrototypeOf(value)
  if (proto === Object.prototype || proto === null) return hasToJson(value) ? ofJson : undefined
  for (const extension of extensions) if (extension.test(value)) return extension.byProperties ? undefined : extension
  const kind = kindOf(value)
  if (kind) return kind
  if (hasToJson(value)) return ofJson
  return ofBox.test(value) ? ofBox : undefined
}

/** The position after the object in `seen`, or -1 when it differs. The hot path: it allocates nothing. */
function compare(value: object, seen: unknown[], start: number): number {
  const proto: unknown = Object.getPrototypeOf(value)
  if (proto !== seen[start] && (proto !== null || seen[start] !== BARE)) return -1
  const mark = seen[start + 1]
  let at = start + 2
  if (mark === undefined) {
    for (const key in value) {
      if (key !== seen[at++]) return -1
      const child = (value as Record<string, unknown>)[key]
      if (typeof child === 'object' && child !== null) {
        at = compare(child, seen, at)
        if (at < 0) return -1
      } else if (child !== seen[at++] || child === 0) {
        if (!Object.is(child, seen[at - 1])) return -1
      }
    }
    return seen[at] === END ? at + 1 : -1
  }
  if (typeof mark !== 'number') return compareBySight(value, mark as Sight, seen, at)
  if (!Array.isArray(value) || value.length !== mark) return -1
  for (let i = 0; i < mark; i++) {
    const child: unknown = value[i]
    if (typeof child === 'object' && child !== null) {
      at = compare(child, seen, at)
      if (at < 0) return -1
    } else if (child !== seen[at++] || child === 0 || child === undefined) {
      if (!Object.is(child, seen[at - 1]) || !(i in value)) return -1
    }
  }
  return at
}

function compareBySight(value: object, sight: Sight, seen: unknown[], at: number): number {
  if (!sight.test(value)) return -1
  const shown = sight.encode(value)
  if (typeof shown === 'object' && shown !== null) return compare(shown, seen, at)
  return Object.is(shown, seen[at]) ? at + 1 : -1
}
