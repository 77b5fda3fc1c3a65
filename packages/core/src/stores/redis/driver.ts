import { LRUCache } from 'lru-cache'
import type { Clock } from '../../contract/ports.ts'
import type {
  Commit,
  IndexPage,
  IndexQuery,
  Outcome,
  Partition,
  Read,
  Snapshot,
  StoreDriver,
} from '../../contract/store.ts'
import { EverthreadError } from '../../errors.ts'
import { type CommitArguments, commitArguments, commitDigest, NO_INDEX, type Staging } from './commit-arguments.ts'
import { type Argument, bytesOf, type Connection, numberOf, type Reply, textOf } from './connection.ts'
import { beforeCommit } from './failures.ts'
import { RedisIndex } from './index-entries.ts'
import { IndexReader } from './index-reader.ts'
import type { Keys } from './keys.ts'
import { PartitionReader } from './reader.ts'
import { rowOf } from './rows.ts'
import { Swaps } from './swaps.ts'

/** How many partitions a handle remembers the index entries of, to save a round trip. */
const KNOWN_PARTITIONS = 10_000
/** A commit whose staging is overtaken this often meets writers that re-index it without end. */
const STAGINGS = 16

/** What a handle knows of a partition's index entries. */
interface Known {
  indexRev: string
  digest: Buffer
}

export interface DriverOptions {
  clock?: Clock
  /** How long the stamp of a dropped partition stays, and the age at which an entry that nobody has is void. */
  graceMs: number
  /** Runs after each commit that happened, with the partition's key. */
  afterCommit?: (key: string) => Promise<void>
  onWarning: (warning: EverthreadError) => void
}

/** The store's work on Redis: each read and each commit is one script, or its part in one. */
export class RedisDriver implements Omit<StoreDriver, 'watch' | 'close'> {
  readonly connection: Connection
  readonly #keys: Keys
  readonly #options: DriverOptions
  readonly #index: RedisIndex
  readonly #reader: IndexReader
  readonly #partitions: PartitionReader
  readonly #swaps: Swaps
  readonly #known = new LRUCache<string, Known>({ max: KNOWN_PARTITIONS })
  #latest = 0

  constructor(connection: Connection, keys: Keys, options: DriverOptions) {
    this.connection = connection
    this.#keys = keys
    this.#options = options
    this.#swaps = new Swaps(connection, () => this.#now())
    this.#partitions = new PartitionReader(connection, () => this.#now())
    this.#index = new RedisIndex(connection, keys, { ...options, now: () => this.#now() })
    this.#reader = new IndexReader(connection, keys, this.#index, () => this.#now())
  }

  async read(partition: Partition, reads: Read[], known?: number): Promise<Snapshot> {
    const key = this.#keys.partition(partition)
    const { now, answer } = await this.#partitions.read(key, reads, known)
    if (known && answer instanceof Buffer) {
      return { now, rev: known, unchanged: true, ...lifetimeIn(answer), rows: [], more: [] }
    }
    const [rev, expiresAt, removeAt, indexRev, digest, ...found] = Array.isArray(answer) ? answer : []
    this.#known.set(key, { indexRev: textOf(indexRev), digest: bytesOf(digest) })
    const lists = found.map((list) => (Array.isArray(list) ? list : []))
    return {
      now,
      rev: numberOf(rev),
      ...lifetimeOf(numberOf(expiresAt), numberOf(removeAt)),
      rows: lists.map(([, ...rows]) => rows.map(rowOf)),
      more: lists.map(([more]) => more === 1 || textOf(more) === '1'),
    }
  }

  async commit(partition: Partition, commit: Commit): Promise<Outcome> {
    const key = this.#keys.partition(partition)
    const channel = this.#keys.channel(partition)
    const id = commitDigest(commit)
    const started = performance.now()
    const swapped = await this.#swaps.commit(key, commit, id, channel)
    if (swapped.ok) await this.#options.afterCommit?.(key)
    if (swapped.ok !== undefined) return swapped
    const args = commitArguments(commit, id, channel)
    // A swap whose reply was lost may have been this commit.
    const lostMs = (): number | undefined => (swapped.isLost ? performance.now() - started : undefined)
    const known = this.#known.get(key)
    let staging = await this.#stageUnlessKnown(partition, commit, args.indexDigest, known)
    for (let staged = 0; staged < STAGINGS; staged++) {
      const reply = await this.#tryCommit(key, args, lostMs, staging)
      const [what, now, rev, before, indexRev, digest, ...rest] = reply
      const verdict = textOf(what)
      this.#known.set(key, { indexRev: textOf(indexRev), digest: bytesOf(digest) })
      if (verdict === 'stage') {
        staging = await this.#stage(partition, commit, textOf(indexRev))
        continue
      }
      if (verdict === 'forgotten') throw forgotten()
      if (verdict === 'fence' || verdict === 'expect') {
        return { ok: false, failed: verdict, now: numberOf(now), rows: rest.map(rowOf) }
      }
      const [text, ...removed] = rest
      if (text !== undefined) this.#swaps.learn(key, bytesOf(text), numberOf(rev))
      await this.#options.afterCommit?.(key)
      this.#index.remove(partition, removed.map(textOf), textOf(indexRev))
      if (staging) this.#reader.sweepInPassing(partition, commit.index ?? [])
      const repeated = verdict === 'known'
      const follows = !repeated && commit.known !== undefined && numberOf(before) === commit.known
      return { ok: true, now: numberOf(now), rev: numberOf(rev), repeated, ...(follows ? { follows } : {}) }
    }
    throw new EverthreadError('STORE_BUSY', 'Other writers keep re-indexing the partition: try again.', {
      committed: 'no',
    })
  }

  async drop(partition: Partition): Promise<void> {
    const key = this.#keys.partition(partition)
    const args = [this.#now(), String(this.#options.graceMs), this.#keys.channel(partition)]
    const [stamp, ...entries] = await this.connection.run('drop-1', key, () => args)
    this.#known.set(key, { indexRev: textOf(stamp), digest: NO_INDEX })
    await this.#index.removeNow(partition, entries.map(textOf), textOf(stamp))
  }

  query(tenant: string, query: IndexQuery): Promise<IndexPage> {
    return this.#reader.query(tenant, query)
  }

  /** Waits for what still happens in the background. */
  settle(): Promise<void> {
    return this.#index.settle()
  }

  #stageUnlessKnown(
    partition: Partition,
    commit: Commit,
    digest: Buffer | '',
    known?: Known,
  ): Promise<Staging> | undefined {
    if (digest === '' || digest.equals(known?.digest ?? NO_INDEX)) return undefined
    return this.#stage(partition, commit, known?.indexRev ?? '0')
  }

  #stage(partition: Partition, commit: Commit, indexRev: string): Promise<Staging> {
    return this.#index.stage(partition, commit.index ?? [], indexRev).catch((error: unknown) => {
      throw beforeCommit(error)
    })
  }

  #tryCommit(
    key: string,
    args: CommitArguments,
    lostMs: () => number | undefined,
    staging?: Staging,
  ): Promise<Reply[]> {
    const staged = [staging?.indexRev ?? '', staging?.at ?? '', String(this.#options.graceMs / 2)]
    const now = this.#now()
    const all = (ageMs?: number): Argument[] => [
      now,
      ...args.before(ageMs ?? lostMs()),
      args.indexDigest,
      ...staged,
      ...args.after,
    ]
    return this.connection.run('commit-1', key, all, true)
  }

  /** The test's clock, which may jump back as the store's time may not; '' for the server's. */
  #now(): string {
    if (!this.#options.clock) return ''
    this.#latest = Math.max(this.#latest, Math.floor(this.#options.clock()))
    return String(this.#latest)
  }
}

function lifetimeOf(expiresAt: number, removeAt: number): Pick<Snapshot, 'expiresAt' | 'removeAt'> {
  return removeAt > 0 ? { expiresAt, removeAt } : {}
}

/** Two times of 6 bytes. */
function lifetimeIn(times: Buffer): Pick<Snapshot, 'expiresAt' | 'removeAt'> {
  return lifetimeOf(times.readUIntBE(0, 6), times.readUIntBE(6, 6))
}

function forgotten(): EverthreadError {
  return new EverthreadError(
    'STORE_UNREACHABLE',
    'The connection was lost and too many commits followed to tell whether this one happened: read before trying again.',
    { committed: 'unknown' },
  )
}
