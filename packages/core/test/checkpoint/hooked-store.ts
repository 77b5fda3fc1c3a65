import type {
  Codec,
  Commit,
  IndexPage,
  IndexQuery,
  Outcome,
  Partition,
  Read,
  Row,
  Snapshot,
  Store,
} from '@everthread/core'

type Hook<T> = (request: T) => Promise<void> | void

/** A store that counts its calls, and lets a test step in before or after any of them. */
export class HookedStore implements Store {
  readonly codec: Codec
  readonly calls: { reads: number; commits: number; queries: number } = { reads: 0, commits: 0, queries: 0 }
  beforeRead: Hook<Read[]> | undefined
  beforeCommit: Hook<Commit> | undefined
  afterCommit: Hook<Outcome> | undefined
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    this.codec = store.codec
  }

  get total(): number {
    return this.calls.reads + this.calls.commits + this.calls.queries
  }

  /** Store calls that the work makes. */
  async during(work: () => Promise<unknown>): Promise<{ reads: number; commits: number }> {
    const { reads, commits } = this.calls
    await work()
    return { reads: this.calls.reads - reads, commits: this.calls.commits - commits }
  }

  async read(partition: Partition, reads: Read[]): Promise<Snapshot> {
    this.calls.reads += 1
    await this.beforeRead?.(reads)
    return this.#store.read(partition, reads)
  }

  async commit(partition: Partition, commit: Commit): Promise<Outcome> {
    this.calls.commits += 1
    await this.beforeCommit?.(commit)
    const outcome = await this.#store.commit(partition, commit)
    await this.afterCommit?.(outcome)
    return outcome
  }

  drop(partition: Partition): Promise<void> {
    return this.#store.drop(partition)
  }

  query(tenant: string, query: IndexQuery): Promise<IndexPage> {
    this.calls.queries += 1
    return this.#store.query(tenant, query)
  }

  watch(partitions: Partition[], signal: AbortSignal): AsyncIterable<Partition> {
    return this.#store.watch(partitions, signal)
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}

/** Every row of a partition under a prefix. */
export async function allRows(store: Store, partition: Partition, prefix = ''): Promise<Row[]> {
  return (await store.read(partition, [{ prefix, limit: 1_000_000 }])).rows[0] ?? []
}

/** Runs once, at the first call for which it says so. */
export function once<T>(matches: (request: T) => boolean, act: Hook<T>): Hook<T> {
  let done = false
  return async (request) => {
    if (done || !matches(request)) return
    done = true
    await act(request)
  }
}
