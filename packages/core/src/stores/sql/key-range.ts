import type { Key, Read } from '../../contract/store.ts'

/** What lies in `[from, to)`; without `to` there is no upper bound. */
export interface KeyRange {
  from: string
  to: string | undefined
}

/**
 * The least string above every string that starts with the prefix, in bytewise order; undefined when there is none.
 * UTF-8 orders as code points do, so the last one is raised.
 */
function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) as number)
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue
    // The code points of surrogates are no characters.
    points.push(last === 0xd7ff ? 0xe000 : last + 1)
    return String.fromCodePoint(...points)
  }
  return undefined
}

/** The whole range of a prefix. */
export function rangeOf(prefix: Key): KeyRange {
  return { from: prefix, to: afterPrefix(prefix) }
}

/** The range of a read, given how the database orders two strings. Its `floor` is left to the caller. */
export function rangeOfRead(read: Extract<Read, { from?: Key }>, compare: (a: string, b: string) => number): KeyRange {
  const { from, to } = rangeOf(read.prefix)
  const first = read.from !== undefined && compare(read.from, from) > 0 ? read.from : from
  const end = read.to !== undefined && (to === undefined || compare(read.to, to) < 0) ? read.to : to
  return { from: first, to: end }
}
