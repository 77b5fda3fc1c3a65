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
import { continueAfter, readCursor, writeCursor } from '../sql/cursor.ts'
import { TickBatch } from '../tick-batch.ts'
import { commitRules, type PendingCommit, type PendingRead, readRules } from './batch-rules.ts'
import { Blob, commitRequest, scopeOf, TOP } from './commit-request.ts'
import { migrate } from './migrate.ts'
import type { PostgresPool } from './peer.ts'
import { PostgresWatch } from './postgres-watch.ts'
import { readManySql, readRequest } from './read-request.ts'
import { type Answer, bytesOf, type Line, outcomesOf, snapshotsOf } from './reply.ts'
import { type StatementOptions, Statements, type Values } from './statements.ts'

export interface PostgresDriverOptions extends StatementOptions {
  /** Quoted. */
  schema: string
  /** Opens the pool; it is closed by `closePool`. */
  openPool(): Promise<PostgresPool>
  closePool(pool: PostgresPool): Promise<void>
  /** What a connection of its own is made with. */
  listenOptions(pool: PostgresPool): object
  watchIntervalMs: number
  clock?: Clock | undefined
}

/** One commit statement in so many also sweeps. */
const SWEEP_EVERY = 16

export class PostgresDriver implements StoreDriver {
  readonly #options: PostgresDriverOptions
  readonly #commits: TickBatch<PendingCommit, Outcome>
  readonly #reads: TickBatch<PendingRead, Snapshot>
  readonly #watch: PostgresWatch
  readonly #inFlight = new Set<Promise<unknown>>()
  #opening: Promise<Statements> | undefined
  #pool: PostgresPool | undefined
  #sent = 0

  constructor(options: PostgresDriverOptions) {
    this.#options = options
    this.#commits = new TickBatch(commitRules((pending) => this.#commitAll(pending)))
    this.#reads = new TickBatch(readRules((pending) => this.#readAll(pending)))
    this.#watch = new PostgresWatch(
      options,
      {
        run: (...statement) => this.#use((statements) => statements.run(...statement)),
        call: (...call) => this.#use((statements) => statements.call(...call)),
      },
      () => this.#pool,
      () => this.#micros(),
    )
  }

  read(partition: Partition, reads: Read[]): Promise<Snapshot> {
    return this.#track(this.#reads.add({ partition, reads }))
  }

  commit(partition: Partition, commit: Commit): Promise<Outcome> {
    return this.#track(this.#commits.add({ partition, commit }))
  }

  async drop(partition: Partition): Promise<void> {
    await this.#call('drop', [partition.tenant, partition.id])
    this.#watch.changed(partition, true)
  }

  async query(tenant: string, query: IndexQuery): Promise<IndexPage> {
    const { index, reverse = false, limit, cursor } = query
    const { from = '', to = TOP } = continueAfter(query)
    const after = cursor === undefined ? { sort: reverse ? TOP : '', id: '' } : readCursor(cursor)
    const lines = await this.#call('query', [
      tenant,
      scopeOf(tenant, index),
      from,
      to,
      after.sort,
      after.id,
      reverse,
      limit + 1,
      this.#micros(),
    ])
    const rows = lines.slice(0, limit).map(([sort, id, value]) => ({
      partition: { tenant, id: id as string },
      sort: sort as string,
      ...(value == null ? {} : { value: bytesOf(value) }),
    }))
    const last = rows.at(-1)
    if (lines.length <= limit || !last) return { rows }
    return { rows, cursor: writeCursor({ sort: last.sort, id: last.partition.id }) }
  }

  watch(partitions: Partition[], signal: AbortSignal): AsyncIterable<Partition> {
    return this.#watch.watch(partitions, signal)
  }

  async close(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight)
    await this.#watch.close()
    const pool = this.#pool
    this.#pool = undefined
    if (pool) await this.#options.closePool(pool)
  }

  async #readAll(pending: PendingRead[]): Promise<Snapshot[]> {
    const requests = pending.map(({ partition, reads }) => ({
      t: partition.tenant,
      p: partition.id,
      r: reads.map(readRequest),
    }))
    const text = readManySql(this.#options.schema)
    const lines = await this.#use((statements) =>
      statements.run('read', text, [JSON.stringify(requests), this.#micros()]),
    )
    return snapshotsOf(
      lines,
      pending.map(({ reads }) => reads),
    )
  }

  async #commitAll(pending: PendingCommit[]): Promise<Answer[]> {
    const blob = new Blob()
    const requests = pending.map(({ partition, commit }) => commitRequest(partition, commit, blob))
    const given = [JSON.stringify(requests), blob.toBuffer(), this.#micros(), this.#sent++ % SWEEP_EVERY === 0]
    const lines = await this.#call('commit', (doubtMs) => [...given, doubtMs])
    const { outcomes, isWatched } = outcomesOf(
      lines,
      pending.map(({ commit }) => commit),
    )
    for (const [at, outcome] of outcomes.entries()) {
      if ('ok' in outcome && outcome.ok && !outcome.repeated)
        this.#watch.changed((pending[at] as PendingCommit).partition, isWatched)
    }
    return outcomes
  }

  /** Null leaves the time to the server. */
  #micros(): number | null {
    const { clock } = this.#options
    return clock ? Math.ceil(clock() * 1000) : null
  }

  #call(name: string, values: Values): Promise<Line[]> {
    return this.#use((statements) => statements.call(name, `${this.#options.schema}.${name}_v3`, values))
  }

  #use<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    return this.#track(this.#opened().then(work))
  }

  /** Connects and migrates on first use; a failure is not kept, so that the next call tries again. */
  #opened(): Promise<Statements> {
    this.#opening ??= this.#open().catch((error) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #open(): Promise<Statements> {
    this.#pool ??= await this.#options.openPool()
    const statements = new Statements(this.#pool, this.#options)
    await migrate(statements, this.#options.schema)
    return statements
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#inFlight.add(work)
    try {
      return await work
    } finally {
      this.#inFlight.delete(work)
    }
  }
}
