import type { Key } from './store.ts'

/**
 * Joins segments to a key. In a segment, `%`, `/` and control characters are written as `%XX`, so that no
 * segment can reach into another's range: `user1` and `user1/x` never share a prefix that ends in `/`.
 */
export function joinKey(...segments: string[]): Key {
  return segments.map(escapeSegment).join('/')
}

/** The segments of a key, unescaped. */
export function splitKey(key: Key): string[] {
  return key.split('/').map(unescapeSegment)
}

/** The last segment of a key, unescaped. */
export function lastSegment(key: Key): string {
  return unescapeSegment(key.slice(key.lastIndexOf('/') + 1))
}

function escapeSegment(segment: string): string {
  return segment.replace(
    /[%/\u0000-\u001f\u007f]/g,
    (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  )
}

function unescapeSegment(segment: string): string {
  return segment.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
