import type { Bytes, IndexEntry, IndexPage, IndexQuery } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { compareBytewise, countBefore } from './key-order.ts'

interface Line {
  sort: string
  id: string
  value: Bytes | undefined
}

/** The cross-partition indexes of one tenant, each ordered by sort, then by partition id. */
export class MemoryIndex {
  readonly #indexes = new Map<string, Line[]>()

  add(id: string, entries: IndexEntry[]): void {
    for (const { index, sort, value } of entries) {
      const lines = this.#indexes.get(index) ?? []
      this.#indexes.set(index, lines)
      const line = { sort, id, value: value && new Uint8Array(value) }
      lines.splice(position(lines, line), 0, line)
    }
  }

  remove(id: string, entries: IndexEntry[]): void {
    for (const { index, sort } of entries) {
      const lines = this.#indexes.get(index) ?? []
      lines.splice(position(lines, { sort, id }), 1)
      if (lines.length === 0) this.#indexes.delete(index)
    }
  }

  query(tenant: string, query: IndexQuery, isThere: (id: string) => boolean): IndexPage {
    const { index, from, to, reverse = false, limit, cursor } = query
    const lines = this.#indexes.get(index) ?? []
    const after = cursor === undefined ? undefined : readCursor(cursor)
    let start = from === undefined ? 0 : countBefore(lines, (line) => compareBytewise(line.sort, from) < 0)
    let end = to === undefined ? lines.length : countBefore(lines, (line) => compareBytewise(line.sort, to) < 0)
    if (after && reverse) end = Math.min(end, position(lines, after))
    if (after && !reverse)
      start = Math.max(
        start,
        countBefore(lines, (line) => compareLines(line, after) <= 0),
      )

    const hits: Line[] = []
    for (let step = 0; step < end - start; step++) {
      const line = lines[reverse ? end - 1 - step : start + step] as Line
      if (!isThere(line.id)) continue
      if (hits.length === limit) return { rows: hits.map(toHit), cursor: writeCursor(hits[limit - 1] as Line) }
      hits.push(line)
    }
    return { rows: hits.map(toHit) }

    function toHit({ sort, id, value }: Line): IndexPage['rows'][number] {
      return { partition: { tenant, id }, sort, ...(value === undefined ? {} : { value: new Uint8Array(value) }) }
    }
  }
}

type Position = Pick<Line, 'sort' | 'id'>

function compareLines(a: Position, b: Position): number {
  return compareBytewise(a.sort, b.sort) || compareBytewise(a.id, b.id)
}

function position(lines: Line[], line: Position): number {
  return countBefore(lines, (other) => compareLines(other, line) < 0)
}

function writeCursor({ sort, id }: Position): string {
  return Buffer.from(`${sort}\n${id}`).toString('base64url')
}

function readCursor(cursor: string): Position {
  const [sort, id, ...rest] = Buffer.from(cursor, 'base64url').toString().split('\n')
  if (sort === undefined || id === undefined || rest.length > 0) {
    throw new EverthreadError(
      'CURSOR_INVALID',
      'The cursor is not one that this query returned: start again without one.',
    )
  }
  return { sort, id }
}
