/**
 * Compares two well-formed strings as their UTF-8 bytes would. JavaScript's own order differs: it puts
 * characters beyond U+FFFF before U+E000.
 */
export function compareBytewise(a: string, b: string): number {
  if (a === b) return 0
  const shared = Math.min(a.length, b.length)
  let at = 0
  while (at < shared && a.charCodeAt(at) === b.charCodeAt(at)) at++
  if (at === shared) return a.length - b.length
  return weight(a.charCodeAt(at)) - weight(b.charCodeAt(at))
}

/** How many leading items of a sorted list satisfy the predicate, by binary search. */
export function countBefore<T>(sorted: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(sorted[middle] as T)) low = middle + 1
    else high = middle
  }
  return low
}

function weight(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}
