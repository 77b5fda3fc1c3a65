import type { IndexQuery } from '../../contract/store.ts'
import { EverthreadError } from '../../errors.ts'
import { compareBytewise } from '../key-order.ts'

/** The place of an index entry: what a page ended with. */
export interface Place {
  sort: string
  id: string
}

/** Neither holds a line feed. */
export function writeCursor({ sort, id }: Place): string {
  return Buffer.from(`${sort}\n${id}`).toString('base64url')
}

/** Raises `CURSOR_INVALID`. */
export function readCursor(cursor: string): Place {
  const [sort, id, ...rest] = Buffer.from(cursor, 'base64url').toString().split('\n')
  if (!sort || !id || rest.length > 0 || sort.includes('\0') || id.includes('\0')) {
    throw new EverthreadError(
      'CURSOR_INVALID',
      'The cursor is not one that this query returned: start again without one.',
    )
  }
  return { sort, id }
}

/** The bounds of a query, narrowed by its cursor, so that a late page does not pass over all earlier ones. */
export function continueAfter({ from, to, reverse, cursor }: IndexQuery): { from?: string; to?: string } {
  const bounds = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  if (cursor === undefined) return bounds
  const { sort } = readCursor(cursor)
  // Bytewise order is that of code points; sorts hold no control characters, so this is the next string after `sort`.
  if (reverse) return to === undefined || compareBytewise(sort, to) < 0 ? { ...bounds, to: `${sort}\u0001` } : bounds
  return from === undefined || compareBytewise(sort, from) > 0 ? { ...bounds, from: sort } : bounds
}
