import type { IndexHit, IndexPage, IndexQuery } from '../../contract/store.ts'
import { EverthreadError } from '../../errors.ts'
import { type Argument, bytesOf, type Connection, textOf } from './connection.ts'
import type { RedisIndex, StaleEntry } from './index-entries.ts'
import type { Keys } from './keys.ts'

/** Rounds that one page may take when it meets entries whose partitions are gone; after that it stays short. */
const ROUNDS = 4

interface Line {
  sort: string
  id: string
}

/** Reads a stretch of the index and asks each partition that it names; what a partition does not have is left out. */
export async function queryIndex(
  connection: Connection,
  keys: Keys,
  index: RedisIndex,
  tenant: string,
  query: IndexQuery,
  now: () => string,
): Promise<IndexPage> {
  const hits: IndexHit[] = []
  let after = query.cursor === undefined ? undefined : readCursor(query.cursor)
  for (let round = 0; round < ROUNDS; round++) {
    const wanted = query.limit + 1 - hits.length
    const { lines, more } = await list(connection, keys.indexes(tenant, query.index), query, wanted, after)
    const checked = await Promise.all(lines.map((line) => check(connection, keys, tenant, query.index, line, now)))
    index.clean(checked.filter((one): one is StaleEntry => 'indexRev' in one))
    hits.push(...checked.filter((one): one is IndexHit => !('indexRev' in one)))
    if (hits.length > query.limit)
      return { rows: hits.slice(0, query.limit), cursor: cursorAfter(hits[query.limit - 1]) }
    if (!more) return { rows: hits }
    after = lines.at(-1)
  }
  return after ? { rows: hits, cursor: writeCursor(after) } : { rows: hits }
}

async function list(
  connection: Connection,
  shards: string[],
  query: IndexQuery,
  limit: number,
  after: Line | undefined,
): Promise<{ lines: Line[]; more: boolean }> {
  const args: Argument[] = [...bounds(query, after), query.reverse ? '1' : '', String(limit)]
  const replies = await Promise.all(shards.map((key) => connection.run('list-1', key, () => args)))
  const members = replies.flat().map(bytesOf)
  if (shards.length > 1) members.sort((a, b) => (query.reverse ? Buffer.compare(b, a) : Buffer.compare(a, b)))
  return { lines: members.slice(0, limit).map(lineOf), more: members.length >= limit }
}

function bounds({ from = '', to, reverse }: IndexQuery, after: Line | undefined): [low: Argument, high: Argument] {
  const high = to === undefined ? '+' : `(${to}`
  if (!after) return [`[${from}`, high]
  const place = `${after.sort}\0${after.id}`
  // From a stranger's cursor: never outside of what the query asks for.
  if (reverse) return [`[${from}`, to !== undefined && compare(to, place) < 0 ? high : `(${place}\0`]
  return [compare(from, place) > 0 ? `[${from}` : `[${place}\u0001`, high]
}

async function check(
  connection: Connection,
  keys: Keys,
  tenant: string,
  index: string,
  { sort, id }: Line,
  now: () => string,
): Promise<IndexHit | StaleEntry> {
  const partition = { tenant, id }
  const args = [now(), index, sort]
  const [indexRev, entry] = await connection.run('check-1', keys.partition(partition), () => args)
  if (entry === undefined || entry === null) return { partition, index, sort, indexRev: textOf(indexRev) }
  const bytes = bytesOf(entry)
  return { partition, sort, ...(bytes[0] === 0x31 ? { value: new Uint8Array(bytes.subarray(1)) } : {}) }
}

function lineOf(member: Buffer): Line {
  const sortEnd = member.indexOf(0)
  const idEnd = member.indexOf(0, sortEnd + 1)
  return { sort: member.toString('utf8', 0, sortEnd), id: member.toString('utf8', sortEnd + 1, idEnd) }
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function cursorAfter(hit: IndexHit | undefined): string {
  return writeCursor({ sort: hit?.sort ?? '', id: hit?.partition.id ?? '' })
}

function writeCursor({ sort, id }: Line): string {
  return Buffer.from(`${sort}\n${id}`).toString('base64url')
}

function readCursor(cursor: string): Line {
  const [sort, id, ...rest] = Buffer.from(cursor, 'base64url').toString().split('\n')
  if (sort === undefined || id === undefined || rest.length > 0) {
    throw new EverthreadError(
      'CURSOR_INVALID',
      'The cursor is not one that this query returned: start again without one.',
    )
  }
  return { sort, id }
}
