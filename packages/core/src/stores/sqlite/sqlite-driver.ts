import { setImmediate as nextTurn } from 'node:timers/promises'
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
import { backOff } from '../sql/backoff.ts'
import { PollingWatch } from '../sql/polling-watch.ts'
import { commitPartition } from './commit-partition.ts'
import { type OpenFile, type OpenOptions, openFile } from './open-file.ts'
import { entomb, findHead, isRemoved } from './partition-head.ts'
import { queryIndex } from './query-index.ts'
import { readPartition } from './read-partition.ts'
import { isBusy, sqliteError } from './sqlite-error.ts'
import { deleteSome, sweep } from './sweep.ts'
import { WriteQueue } from './write-queue.ts'

export interface SqliteDriverOptions extends OpenOptions {
  busyTimeoutMs: number
  watchIntervalMs: number
}

/** One commit in so many also sweeps. */
const SWEEP_EVERY = 16
const READS_IN_A_ROW = 16
const DROPPED_ROWS_AT_ONCE = 1000
const FIRST_WAIT_MS = 1
const LONGEST_WAIT_MS = 40

export class SqliteDriver implements StoreDriver {
  readonly #options: SqliteDriverOptions
  readonly #queue: WriteQueue
  readonly #watch: PollingWatch
  #opening: Promise<void> | undefined
  #open: OpenFile | undefined
  #commits = 0
  #reads = 0
  #version: number | undefined

  constructor(options: SqliteDriverOptions) {
    this.#options = options
    this.#queue = new WriteQueue(
      (work) => this.#openFile.connection.transaction('BEGIN IMMEDIATE', work),
      (error, attempt, sinceMs) => this.#waitIfBusy(error, attempt, sinceMs, 'no'),
    )
    this.#watch = new PollingWatch(
      () => options.watchIntervalMs,
      (partitions, onlyIfChanged) => this.#revisions(partitions, onlyIfChanged),
    )
  }

  async read(partition: Partition, reads: Read[]): Promise<Snapshot> {
    return this.#reading(({ connection, clock }) =>
      connection.transaction('BEGIN', () => readPartition(connection, partition, reads, toMs(clock.micros()))),
    )
  }

  async commit(partition: Partition, commit: Commit): Promise<Outcome> {
    const bytes = commit.ops.reduce((sum, op) => sum + 256 + ('put' in op ? op.value.length : 0), 0)
    const outcome = await this.#writing(bytes, ({ connection, clock }) => {
      const micros = clock.micros()
      clock.saw(connection, micros)
      if (this.#commits++ % SWEEP_EVERY === 0) sweep(connection, toMs(micros))
      return commitPartition(connection, partition, commit, micros)
    })
    if (outcome.ok && !outcome.repeated) this.#watch.wake(partition)
    return outcome
  }

  async drop(partition: Partition): Promise<void> {
    const id = await this.#writing(0, ({ connection }) => {
      const head = findHead(connection, partition)
      if (head) entomb(connection, partition.tenant, partition.id, head)
      return head?.id
    })
    if (id === undefined) return
    this.#watch.wake(partition)
    const deleteNext = (): Promise<number> =>
      this.#writing(0, ({ connection }) => deleteSome(connection, id, DROPPED_ROWS_AT_ONCE))
    while ((await deleteNext()) === DROPPED_ROWS_AT_ONCE);
  }

  async query(tenant: string, query: IndexQuery): Promise<IndexPage> {
    return this.#reading(({ connection, clock }) => queryIndex(connection, tenant, query, toMs(clock.micros())))
  }

  watch(partitions: Partition[], signal: AbortSignal): AsyncIterable<Partition> {
    return this.#watch.watch(partitions, signal)
  }

  async close(): Promise<void> {
    this.#watch.close()
    await this.#opening?.catch(() => undefined) // Whoever asked for it has been told.
    do {
      await this.#queue.idle()
      await nextTurn()
    } while (this.#queue.isBusy)
    const open = this.#open
    this.#open = undefined
    if (!open) return
    // Leaves one file behind; when others still use it, the last of them does.
    open.connection.all('PRAGMA wal_checkpoint(TRUNCATE)')
    open.connection.database.close()
  }

  async #reading<T>(work: (open: OpenFile) => T): Promise<T> {
    if (!this.#open) await this.#opened()
    // Reads are synchronous: a loop of nothing else would let nobody else in the process have a turn.
    if (++this.#reads % READS_IN_A_ROW === 0) await nextTurn()
    return this.#retrying(() => work(this.#openFile))
  }

  async #writing<T>(bytes: number, work: (open: OpenFile) => T): Promise<T> {
    if (!this.#open) await this.#opened()
    return this.#queue.add({ bytes, run: () => work(this.#openFile) })
  }

  /** Opens on first use; a failure is not kept, so that the next call tries again. */
  #opened(): Promise<void> {
    this.#opening ??= this.#openNow().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #openNow(): Promise<void> {
    this.#open = await this.#retrying(() => openFile(this.#options), 'no')
  }

  get #openFile(): OpenFile {
    if (this.#open) return this.#open
    throw new EverthreadError('STORE_CLOSED', 'The store is closed: open a new one.', { committed: 'no' })
  }

  async #retrying<T>(work: () => T, committed?: 'no'): Promise<T> {
    const since = performance.now()
    for (let attempt = 0; ; attempt++) {
      try {
        return work()
      } catch (error) {
        await this.#waitIfBusy(error, attempt, performance.now() - since, committed)
      }
    }
  }

  /** Raises what is not a matter of waiting, or has been for too long. */
  async #waitIfBusy(error: unknown, attempt: number, sinceMs: number, committed?: 'no'): Promise<void> {
    const { path, busyTimeoutMs } = this.#options
    if (!isBusy(error) || sinceMs >= busyTimeoutMs) throw sqliteError(error, path, committed)
    await backOff(attempt, FIRST_WAIT_MS, LONGEST_WAIT_MS)
  }

  /** Undefined when nothing in the file has changed since the last call. */
  async #revisions(partitions: Partition[], onlyIfChanged: boolean): Promise<number[] | undefined> {
    return this.#reading(({ connection, clock }) => {
      const version = connection.get<{ data_version: number }>('PRAGMA data_version')?.data_version
      if (onlyIfChanged && version === this.#version) return undefined
      this.#version = version
      const now = toMs(clock.micros())
      return partitions.map((partition) => {
        const head = findHead(connection, partition)
        return head && !isRemoved(head, now) ? head.base + head.commits : 0
      })
    })
  }
}

function toMs(micros: number): number {
  return Math.floor(micros / 1000)
}
