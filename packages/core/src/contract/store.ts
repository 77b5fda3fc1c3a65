/**
 * The store contract. A store knows bytes, keys and atomicity, and nothing of messages; every feature above
 * it is built from rows. What each method promises is stated here and held by `@everthread/core/testing`.
 */
import type { Codec } from './codec.ts'

export type Bytes = Uint8Array

/** Everything about one session: the unit of atomicity, expiry, encryption and deletion. */
export interface Partition {
  tenant: string
  id: string
}

/** '/'-joined escaped segments (see `joinKey`), compared bytewise as UTF-8, at most {@link LIMITS.keyBytes}. */
export type Key = string

export interface Row {
  key: Key
  /** The partition's revision at the commit that last put or touched this row. */
  rev: number
  value: Bytes
  /** Store time in ms from which on the row reads as absent: a row put with `ttlMs` lives while now < until. */
  until?: number
}

/**
 * One of the reads of a round trip. Rows past their `until` are never returned, nor counted. An empty prefix covers
 * all rows, but goes with no `floor`, nor in an expectation or under a `below`.
 *
 * - `get`: the live rows among the keys, in the order asked.
 * - `prefix`: live rows whose key starts with `prefix` and lies in `[from, to)` (whole keys), ascending, or
 *   descending with `reverse`. `floor` moves the start back to the greatest live key `<= from` under the
 *   prefix, if there is one. At most `limit` rows; rows after the first stop before `maxBytes` of stored values is passed.
 * - `below`: live rows at or under the key `prefix + s`, where `s` is the last segment of the first key that
 *   `reads[below]` (an earlier read) returned: the key itself, or it followed by `/`. No rows when that read had none.
 */
export type Read =
  | { get: Key[] }
  | { prefix: Key; from?: Key; to?: Key; floor?: boolean; reverse?: boolean; limit: number; maxBytes?: number }
  | { prefix: Key; below: number; limit: number }

/** What one `read` saw: a single consistent moment of the partition. */
export interface Snapshot {
  /** Store time, ms since the epoch. */
  now: number
  /** The partition's revision; 0 when it does not exist. */
  rev: number
  /** The revision is the one that was said to be known: no rows are given, whatever was read. */
  unchanged?: true
  expiresAt?: number
  removeAt?: number
  /** One list for each read; none when `unchanged`. */
  rows: Row[][]
  /** Whether each read was cut by its `limit` or `maxBytes`. Always false for `get`. */
  more: boolean[]
}

export type Expect =
  /** The row's revision; 0: absent, or past its `until`. */
  | { key: Key; rev: number }
  /** The first live key under the prefix; null: none. */
  | { prefix: Key; first: Key | null }

/** Applied in order: a later op sees what an earlier one did. `touch` of an absent row does nothing. */
export type Op =
  | { put: Key; value: Bytes; ttlMs?: number }
  | { touch: Key; ttlMs: number }
  | { del: Key }
  | { delPrefix: Key }

/** One line of a cross-partition index: ordered by `sort` bytewise, then by partition id. */
export interface IndexEntry {
  /** Without a `/` it spans the tenant, and a store may spread it; `user/<id>` is of a part and stands together. */
  index: string
  sort: string
  value?: Bytes
}

export interface Commit {
  /** Unique to this commit. The last {@link LIMITS.rememberedCommits} of a partition are remembered with their replies: a retry is harmless. */
  id: string
  expect?: Expect[]
  /** A revision of the partition, 0 for none, that the outcome is to say whether the commit follows on. Asks for nothing. */
  known?: number
  /** As an `expect` of a key, but its failure is told apart: the caller raises `FencedError`. */
  fence?: { key: Key; rev: number }
  ops: Op[]
  /** Both from the store's now; `null` clears, leaving it out keeps. `removeInMs` is at least `expiresInMs`. Gone once now >= removeAt. */
  expiry?: { expiresInMs: number; removeInMs: number } | null
  /** The partition's complete set of index entries; leaving it out keeps what is there. */
  index?: IndexEntry[]
}

/**
 * `rev` is the partition's revision after the commit (all rows it put or touched carry it); `repeated` says the
 * id was known and nothing was done. `follows` says that the partition was at the revision that the commit called
 * `known`, so that nobody else's change came between; a store that cannot tell leaves it out. On a failure nothing was done, and `rows` holds the current live rows of
 * every `expect` (the key's row, or the first row under the prefix) and of the fence, without doubles, so that
 * the next try needs no read. The fence is judged before the expectations, a known id before both.
 */
export type Outcome =
  | { ok: true; now: number; rev: number; repeated: boolean; follows?: true }
  | { ok: false; failed: 'expect' | 'fence'; now: number; rows: Row[] }

export interface IndexQuery {
  index: string
  /** Inclusive. */
  from?: string
  /** Exclusive. */
  to?: string
  reverse?: boolean
  limit: number
  cursor?: string
}

export interface IndexHit {
  partition: Partition
  sort: string
  value?: Bytes
}

export interface IndexPage {
  rows: IndexHit[]
  /** Present when there may be more. A page may be short, or empty, and still have a cursor. */
  cursor?: string
}

/**
 * What a database must do. `createStore` makes a {@link Store} of it by adding validation and the codec.
 *
 * Revisions of a partition only grow: the first commit's is at least the store's time in microseconds, and each
 * later one exceeds the one before, so that a dropped and recreated partition never repeats one. A partition
 * past its `removeAt` reads as one that does not exist. A commit to one that does not exist makes it.
 */
export interface StoreDriver {
  /**
   * One round trip, one consistent moment. `known` is the revision of a partition that the caller remembers these reads
   * of: if it still is at that revision, which is not 0, the answer is `unchanged`, without rows. What remembered rows
   * have as their `until` is then the caller's to look at. A driver may also answer in full; a {@link Store} does not.
   */
  read(partition: Partition, reads: Read[], known?: number): Promise<Snapshot>
  /** Atomic, one round trip. */
  commit(partition: Partition, commit: Commit): Promise<Outcome>
  /** Removes every row and index entry of the partition; harmless when there is none. */
  drop(partition: Partition): Promise<void>
  /** Never returns a partition that is gone, or an entry that its partition no longer has. Past `expiresAt` still counts. */
  query(tenant: string, query: IndexQuery): Promise<IndexPage>
  /**
   * A wake-up hint that a partition may have changed, never more: the reader resumes from its own key. Every change
   * after the first `next()` is followed by a wake-up (a store that needs time to subscribe yields each partition once
   * when it has). Ends when the signal aborts, or the store closes.
   */
  watch(partitions: Partition[], signal: AbortSignal): AsyncIterable<Partition>
  /** Ends timers and connections that the store made itself. Calls after it fail with `STORE_CLOSED`. */
  close(): Promise<void>
}

export interface Store extends StoreDriver {
  /** Compression and encryption: one for each store, shared by all adapters on it. */
  readonly codec: Codec
}
