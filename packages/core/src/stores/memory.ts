import type { CodecOptions } from '../contract/codec.ts'
import { LIMITS } from '../contract/limits.ts'
import type { Clock } from '../contract/ports.ts'
import type {
  Commit,
  IndexEntry,
  IndexPage,
  IndexQuery,
  Outcome,
  Partition,
  Read,
  Row,
  Snapshot,
  Store,
  StoreDriver,
} from '../contract/store.ts'
import { createStore } from './create-store.ts'
import { MemoryIndex } from './memory-index.ts'
import { MemoryRows } from './memory-rows.ts'
import { MemoryWatch } from './memory-watch.ts'

/** How many partitions one commit looks at to forget those past their `removeAt`. */
const SWEPT_PARTITIONS = 2

/** A store in this process's memory: the executable specification of the contract, for tests and trials. */
export function memoryStore(options: { codec?: CodecOptions; clock?: Clock } = {}): Store {
  return createStore(memoryDriver(options), options)
}

/** The driver alone, so that several stores can be opened on one memory. */
export function memoryDriver(options: { clock?: Clock } = {}): StoreDriver {
  return new MemoryDriver(options.clock ?? Date.now)
}

interface PartitionState {
  rows: MemoryRows
  rev: number
  expiresAt?: number
  removeAt?: number
  index: IndexEntry[]
  /** Commit id to the revision that it made, oldest first. */
  remembered: Map<string, number>
}

interface TenantState {
  partitions: Map<string, PartitionState>
  index: MemoryIndex
}

class MemoryDriver implements StoreDriver {
  readonly #clock: Clock
  readonly #tenants = new Map<string, TenantState>()
  readonly #watch = new MemoryWatch()
  #now = 0
  #rev = 0
  #sweeping: Iterator<Partition> = [].values()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async read(partition: Partition, reads: Read[], known?: number): Promise<Snapshot> {
    const now = this.#time()
    const state = this.#find(partition, now)
    const snapshot: Snapshot = { now, rev: state?.rev ?? 0, rows: [], more: [], ...expiryOf(state) }
    if (state && state.rev === known) return { ...snapshot, unchanged: true }
    for (const read of reads) {
      const { rows, more } = state ? readRows(state.rows, read, snapshot.rows, now) : { rows: [], more: false }
      snapshot.rows.push(rows.map(copyRow))
      snapshot.more.push(more)
    }
    return snapshot
  }

  async commit(partition: Partition, commit: Commit): Promise<Outcome> {
    const now = this.#time()
    this.#sweep(now)
    const found = this.#find(partition, now)
    const known = found?.remembered.get(commit.id)
    if (known !== undefined) return { ok: true, now, rev: known, repeated: true }
    const failed = judge(found?.rows, commit, now)
    if (failed) return { ok: false, failed, now, rows: currentRows(found?.rows, commit, now) }

    const tenant = this.#tenant(partition.tenant)
    const state = found ?? { rows: new MemoryRows(), rev: 0, index: [], remembered: new Map() }
    const follows = state.rev === commit.known
    tenant.partitions.set(partition.id, state)
    // One counter for all partitions, so that a partition made again never repeats a revision.
    this.#rev = Math.max(this.#rev + 1, Math.ceil(now * 1000))
    state.rev = this.#rev
    for (const op of commit.ops) state.rows.apply(op, state.rev, now)
    state.rows.sweep(now)
    if (commit.expiry !== undefined) setExpiry(state, commit.expiry, now)
    if (commit.index) {
      tenant.index.remove(partition.id, state.index)
      tenant.index.add(partition.id, commit.index)
      state.index = commit.index.map(({ index, sort }) => ({ index, sort }))
    }
    remember(state, commit.id)
    this.#watch.wake(partition)
    return { ok: true, now, rev: state.rev, repeated: false, ...(follows ? { follows } : {}) }
  }

  async drop(partition: Partition): Promise<void> {
    this.#forget(partition)
    this.#watch.wake(partition)
  }

  async query(tenant: string, query: IndexQuery): Promise<IndexPage> {
    const now = this.#time()
    const isThere = (id: string): boolean => !isRemoved(this.#tenants.get(tenant)?.partitions.get(id), now)
    return (this.#tenants.get(tenant)?.index ?? new MemoryIndex()).query(tenant, query, isThere)
  }

  watch(partitions: Partition[], signal: AbortSignal): AsyncIterable<Partition> {
    return this.#watch.watch(partitions, signal)
  }

  async close(): Promise<void> {
    this.#watch.close()
  }

  /** The clock may jump back; the store's time does not. */
  #time(): number {
    this.#now = Math.max(this.#now, this.#clock())
    return this.#now
  }

  #tenant(name: string): TenantState {
    const tenant = this.#tenants.get(name) ?? { partitions: new Map(), index: new MemoryIndex() }
    this.#tenants.set(name, tenant)
    return tenant
  }

  #find(partition: Partition, now: number): PartitionState | undefined {
    const state = this.#tenants.get(partition.tenant)?.partitions.get(partition.id)
    if (!state || !isRemoved(state, now)) return state
    this.#forget(partition)
    return undefined
  }

  #forget({ tenant: name, id }: Partition): void {
    const tenant = this.#tenants.get(name)
    const state = tenant?.partitions.get(id)
    if (!tenant || !state) return
    tenant.index.remove(id, state.index)
    tenant.partitions.delete(id)
    if (tenant.partitions.size === 0) this.#tenants.delete(name)
  }

  #sweep(now: number): void {
    for (let checked = 0; checked < SWEPT_PARTITIONS; checked++) {
      const next = this.#sweeping.next()
      if (next.done) {
        this.#sweeping = this.#partitions()
        return
      }
      this.#find(next.value, now)
    }
  }

  *#partitions(): Generator<Partition> {
    for (const [tenant, { partitions }] of this.#tenants) for (const id of partitions.keys()) yield { tenant, id }
  }
}

function isRemoved(state: PartitionState | undefined, now: number): boolean {
  return state === undefined || (state.removeAt !== undefined && state.removeAt <= now)
}

function expiryOf(state: PartitionState | undefined): Pick<Snapshot, 'expiresAt' | 'removeAt'> {
  if (state?.expiresAt === undefined || state.removeAt === undefined) return {}
  return { expiresAt: state.expiresAt, removeAt: state.removeAt }
}

function setExpiry(state: PartitionState, expiry: NonNullable<Commit['expiry']> | null, now: number): void {
  delete state.expiresAt
  delete state.removeAt
  if (!expiry) return
  state.expiresAt = now + expiry.expiresInMs
  state.removeAt = now + expiry.removeInMs
}

function remember(state: PartitionState, id: string): void {
  state.remembered.set(id, state.rev)
  for (const oldest of state.remembered.keys()) {
    if (state.remembered.size <= LIMITS.rememberedCommits) return
    state.remembered.delete(oldest)
  }
}

function readRows(rows: MemoryRows, read: Read, earlier: Row[][], now: number): { rows: Row[]; more: boolean } {
  if ('get' in read) {
    return { rows: read.get.map((key) => rows.get(key, now)).filter((row) => row !== undefined), more: false }
  }
  if (!('below' in read)) return rows.range(read, now)
  const key = earlier[read.below]?.[0]?.key
  if (key === undefined) return { rows: [], more: false }
  return rows.subtree(read.prefix + key.slice(key.lastIndexOf('/') + 1), read.limit, now)
}

function judge(rows: MemoryRows | undefined, commit: Commit, now: number): 'fence' | 'expect' | undefined {
  const { fence, expect = [] } = commit
  if (fence && (rows?.get(fence.key, now)?.rev ?? 0) !== fence.rev) return 'fence'
  const asExpected = expect.every((it) =>
    'key' in it
      ? (rows?.get(it.key, now)?.rev ?? 0) === it.rev
      : (rows?.first(it.prefix, now)?.key ?? null) === it.first,
  )
  return asExpected ? undefined : 'expect'
}

function currentRows(rows: MemoryRows | undefined, { fence, expect = [] }: Commit, now: number): Row[] {
  const current = new Map<string, Row>()
  for (const it of fence ? [fence, ...expect] : expect) {
    const row = 'key' in it ? rows?.get(it.key, now) : rows?.first(it.prefix, now)
    if (row) current.set(row.key, copyRow(row))
  }
  return [...current.values()]
}

function copyRow(row: Row): Row {
  return { ...row, value: new Uint8Array(row.value) }
}
