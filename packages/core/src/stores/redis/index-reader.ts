import { LRUCache } from 'lru-cache'
import type { IndexEntry, IndexHit, IndexPage, IndexQuery, Partition } from '../../contract/store.ts'
import { EverthreadError } from '../../errors.ts'
import { type Argument, bytesOf, type Connection, textOf } from './connection.ts'
import type { RedisIndex, StaleEntry } from './index-entries.ts'
import type { Keys } from './keys.ts'

/** Rounds that one page may take when it meets entries whose partitions are gone; after that it stays short. */
const ROUNDS = 4
/** Every so many stagings, so many lines of the index are looked at: on the whole two for each that is added. */
const STAGINGS_A_SWEEP = 16
const LINES_A_SWEEP = 32
const KNOWN_SWEEPS = 1_000

interface Line {
  sort: string
  id: string
}

type Checked = { hit: IndexHit } | { stale: StaleEntry }

/** Reads the indexes. What one says is only where to look: every partition that it names is asked. */
export class IndexReader {
  readonly #connection: Connection
  readonly #keys: Keys
  readonly #index: RedisIndex
  readonly #now: () => string
  readonly #swept = new LRUCache<string, Line>({ max: KNOWN_SWEEPS })
  #stagings = 0

  constructor(connection: Connection, keys: Keys, index: RedisIndex, now: () => string) {
    this.#connection = connection
    this.#keys = keys
    this.#index = index
    this.#now = now
  }

  async query(tenant: string, query: IndexQuery): Promise<IndexPage> {
    const shards = this.#keys.indexes(tenant, query.index)
    const hits: IndexHit[] = []
    let after = query.cursor === undefined ? undefined : readCursor(query.cursor)
    for (let round = 0; round < ROUNDS; round++) {
      const { lines, more } = await this.#list(shards, query, query.limit + 1 - hits.length, after)
      hits.push(...(await this.#check(tenant, query.index, lines)))
      if (hits.length > query.limit) {
        return { rows: hits.slice(0, query.limit), cursor: cursorAfter(hits[query.limit - 1]) }
      }
      if (!more) return { rows: hits }
      after = lines.at(-1)
    }
    return after ? { rows: hits, cursor: writeCursor(after) } : { rows: hits }
  }

  /**
   * Partitions that Redis itself forgot leave their entries behind, and nobody may ever query that stretch. So an index
   * that grows is walked through in passing, a few lines at a time.
   */
  sweepInPassing(partition: Partition, entries: IndexEntry[]): void {
    const entry = entries[this.#stagings % entries.length]
    if (!entry || ++this.#stagings % STAGINGS_A_SWEEP !== 0) return
    this.#index.inBackground(this.#sweep(partition, entry.index))
  }

  async #sweep(partition: Partition, index: string): Promise<void> {
    const shard = this.#keys.indexOf(partition, index)
    const { lines, more } = await this.#list(
      [shard],
      { index, limit: LINES_A_SWEEP },
      LINES_A_SWEEP,
      this.#swept.get(shard),
    )
    const last = lines.at(-1)
    if (more && last) this.#swept.set(shard, last)
    else this.#swept.delete(shard)
    await this.#check(partition.tenant, index, lines)
  }

  async #list(
    shards: string[],
    query: IndexQuery,
    limit: number,
    after: Line | undefined,
  ): Promise<{ lines: Line[]; more: boolean }> {
    const args: Argument[] = [...bounds(query, after), query.reverse ? '1' : '', String(limit)]
    const replies = await Promise.all(shards.map((key) => this.#connection.run('list-1', key, () => args)))
    const members = replies.flat().map(bytesOf)
    if (shards.length > 1) members.sort((a, b) => (query.reverse ? Buffer.compare(b, a) : Buffer.compare(a, b)))
    return { lines: members.slice(0, limit).map(lineOf), more: members.length >= limit }
  }

  /** The hits among the lines; the others are removed in passing. */
  async #check(tenant: string, index: string, lines: Line[]): Promise<IndexHit[]> {
    const checked = await Promise.all(lines.map((line) => this.#ask(tenant, index, line)))
    this.#index.clean(checked.flatMap((one) => ('stale' in one ? [one.stale] : [])))
    return checked.flatMap((one) => ('hit' in one ? [one.hit] : []))
  }

  async #ask(tenant: string, index: string, { sort, id }: Line): Promise<Checked> {
    const partition = { tenant, id }
    const args = [this.#now(), index, sort]
    const [indexRev, entry] = await this.#connection.run('check-1', this.#keys.partition(partition), () => args)
    if (entry === undefined || entry === null) return { stale: { partition, index, sort, indexRev: textOf(indexRev) } }
    const bytes = bytesOf(entry)
    return { hit: { partition, sort, ...(bytes[0] === 0x31 ? { value: new Uint8Array(bytes.subarray(1)) } : {}) } }
  }
}

function bounds({ from = '', to, reverse }: IndexQuery, after: Line | undefined): [low: Argument, high: Argument] {
  const high = to === undefined ? '+' : `(${to}`
  if (!after) return [`[${from}`, high]
  const place = `${after.sort}\0${after.id}`
  // From a stranger's cursor: never outside of what the query asks for.
  if (reverse) return [`[${from}`, to !== undefined && compare(to, place) < 0 ? high : `(${place}\0`]
  return [compare(from, place) > 0 ? `[${from}` : `[${place}\u0001`, high]
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
