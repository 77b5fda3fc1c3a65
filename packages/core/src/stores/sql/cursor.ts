import { EverthreadError } from '../../errors.ts'

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
