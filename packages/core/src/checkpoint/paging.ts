import type { Read, Row, Snapshot } from '../contract/store.ts'
import type { Range } from './learn.ts'

/** Bounds of one trip. */
export const PAGE_ROWS = 1_000
export const PAGE_BYTES: number = 8 * 1024 * 1024

/** Every row of a range, in as many trips as it takes. */
export async function readAll(read: (reads: Read[]) => Promise<Snapshot>, range: Range): Promise<Row[]> {
  const all: Row[] = []
  for await (const rows of readPages(read, range)) for (const row of rows) all.push(row)
  return all
}

/** The rows of a range, trip by trip. */
export async function* readPages(
  read: (reads: Read[]) => Promise<Snapshot>,
  range: Range,
): AsyncGenerator<readonly Row[]> {
  let next: Read | undefined = { ...range, maxBytes: PAGE_BYTES }
  while (next) {
    const { rows, more } = await read([next])
    const found = rows[0] ?? []
    yield found
    next = more[0] ? continueAfter(next, found) : undefined
  }
}

/** What is left of a read that was cut. */
export function continueAfter(read: Read, found: readonly Row[]): Read | undefined {
  const last = found.at(-1)
  if (!last || !('prefix' in read) || 'below' in read) return undefined
  // A blank sorts before every character that a key can go on with.
  const { floor: _, ...range } = read
  return { ...range, from: `${last.key}\u0020` }
}
