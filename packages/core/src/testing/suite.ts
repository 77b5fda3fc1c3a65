import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import type { CodecOptions } from '../contract/codec.ts'
import type { Clock } from '../contract/ports.ts'
import type { Commit, Outcome, Partition, Read, Row, Store } from '../contract/store.ts'

/** What a store factory under test takes. */
export interface StoreFactoryOptions {
  codec?: CodecOptions
  clock?: Clock
}

/** Opens the store under test. Servers may be shared: every test works in a tenant of its own. */
export type StoreFactory = (options: StoreFactoryOptions) => Store | Promise<Store>

/** Opens another handle on the database of `store`, as a second process would. */
export type StoreReopener = (store: Store, options: StoreFactoryOptions) => Store | Promise<Store>

/** A commit whose id is made up when it does not matter. */
export type LooseCommit = Partial<Commit>

/** What every topic of the suite works with: one store, one clock, and a fresh tenant for each test. */
export class Suite {
  readonly clock: ManualClock = new ManualClock()
  readonly codec: CodecOptions
  readonly canReopen: boolean
  readonly #create: StoreFactory
  readonly #reopen: StoreReopener | undefined
  readonly #opened: Store[] = []
  readonly #partitions: Partition[] = []
  #store: Store | undefined

  constructor(create: StoreFactory, codec: CodecOptions, reopen?: StoreReopener) {
    this.codec = codec
    this.canReopen = reopen !== undefined
    this.#create = create
    this.#reopen = reopen
    beforeAll(async () => {
      this.#store = await this.create()
    })
    afterAll(() => this.#close())
  }

  get store(): Store {
    if (!this.#store) throw new Error('The suite opens its store before its first test.')
    return this.#store
  }

  get encrypted(): boolean {
    return this.codec.keys !== undefined
  }

  /** A store of its own, closed after the suite. */
  async create(): Promise<Store> {
    return this.#keep(await this.#create({ codec: this.codec, clock: this.clock.read }))
  }

  /** A second handle on the suite's database. */
  async reopen(codec: CodecOptions = this.codec): Promise<Store> {
    if (!this.#reopen) throw new Error('Give the suite a reopen option to run this test.')
    return this.#keep(await this.#reopen(this.store, { codec, clock: this.clock.read }))
  }

  /** A partition that no other test knows. */
  partition(id = 'session', tenant: string = freshTenant()): Partition {
    const partition = { tenant, id }
    this.#partitions.push(partition)
    return partition
  }

  commit(partition: Partition, commit: LooseCommit, store: Store = this.store): Promise<Outcome> {
    return store.commit(partition, { id: randomUUID(), ops: [], ...commit })
  }

  /** Puts texts by key, and answers with the revision. */
  async put(partition: Partition, rows: Record<string, string>, store: Store = this.store): Promise<number> {
    const ops = Object.entries(rows).map(([key, value]) => ({ put: key, value: bytes(value) }))
    return revOf(await this.commit(partition, { ops }, store))
  }

  async read(partition: Partition, read: Read, store: Store = this.store): Promise<Row[]> {
    return (await store.read(partition, [read])).rows[0] ?? []
  }

  /** The keys that a read returns. */
  async keys(partition: Partition, read: Read, store: Store = this.store): Promise<string[]> {
    return (await this.read(partition, read, store)).map((row) => row.key)
  }

  /** All rows of the partition as text, by key. */
  async texts(partition: Partition, store: Store = this.store): Promise<Record<string, string>> {
    const rows = await this.read(partition, { prefix: '', limit: 10_000 }, store)
    return Object.fromEntries(rows.map((row) => [row.key, text(row)]))
  }

  #keep(store: Store): Store {
    this.#opened.push(store)
    return store
  }

  async #close(): Promise<void> {
    for (const partition of this.#partitions) await this.#store?.drop(partition)
    for (const store of this.#opened) await store.close()
  }
}

/** Time that moves only when told to. */
export class ManualClock {
  #now: number = Date.now()
  readonly read: Clock = () => this.#now

  advance(ms: number): void {
    this.#now += ms
  }
}

export function freshTenant(): string {
  return `test-${randomUUID()}`
}

export function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

export function text(row: { value?: Uint8Array } | undefined): string {
  return new TextDecoder().decode(row?.value)
}

/** The revision of a commit that must have succeeded. */
export function revOf(outcome: Outcome): number {
  if (!outcome.ok) throw new Error(`The commit was refused by its ${outcome.failed}.`)
  return outcome.rev
}
