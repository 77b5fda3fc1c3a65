import type { Partition, Row, Store } from '@everthread/core'
import { ChangeQueue, type Plan } from './change-queue.ts'
import { firstCommit } from './draft.ts'
import { type Known, knownFrom, storeTimeNow } from './known.ts'
import { ALL_SESSIONS, DATA, hashIn, hashOf, META, partitionOf, sessionsOf } from './layout.ts'
import type { Lifetime } from './lifetime.ts'
import { indexOf, type Meta } from './meta.ts'

/** Rows in one round trip. */
const ROWS = 1_000
const PAGE = 100

/** Web sessions on a store, named by the hash of their id. Each is a partition: a row about it, and a row for each key. */
export class WebSessions {
  readonly #store: Store
  readonly #tenant: string
  readonly #lifetime: Lifetime
  readonly #queues: Map<string, ChangeQueue> = new Map()

  constructor(store: Store, tenant: string, lifetime: Lifetime) {
    this.#store = store
    this.#tenant = tenant
    this.#lifetime = lifetime
  }

  /** One round trip. Undefined: there is none, or it has ended. */
  load(id: string): Promise<Known | undefined> {
    return this.loadByHash(hashOf(id))
  }

  async loadByHash(hash: string): Promise<Known | undefined> {
    const partition = this.#partition(hash)
    const snapshot = await this.#store.read(partition, [{ get: [META] }, { prefix: DATA, limit: ROWS }])
    const [, data = []] = snapshot.rows
    for (let more = snapshot.more[1]; more; ) {
      const next = await this.#after(partition, data.at(-1))
      data.push(...next.rows)
      more = next.more
    }
    const known = knownFrom(snapshot)
    return known && this.#lifetime.left(known.meta, known.storeTime) > 0 ? known : undefined
  }

  /** Stores a session as a whole. One round trip, and on Redis one more for its index entries. */
  async create(id: string, meta: Meta, rows: ReadonlyMap<string, string>): Promise<Known> {
    const left = this.#lifetime.left(meta, meta.createdAt ?? 0)
    const index = indexOf(meta, Date.now())
    const outcome = await this.#store.commit(this.#partition(hashOf(id)), { ...firstCommit(meta, rows, left), index })
    const { rev, now } = outcome.ok ? outcome : { rev: 0, now: outcome.now }
    const known = new Map([...rows].map(([name, text]) => [name, { rev, text }]))
    const born = { ...meta, createdAt: meta.createdAt ?? Math.floor(rev / 1000) }
    return {
      rev,
      meta: born,
      metaRev: rev,
      rows: known,
      expiresAt: now + left,
      storeTime: now,
      readAt: performance.now(),
    }
  }

  /**
   * Changes a session that is there.
   *
   * @throws `SESSION_GONE`, `CONFLICT`, and what `plan` throws
   */
  async change(id: string, base: Known, plan: Plan): Promise<Known> {
    const hash = hashOf(id)
    let queue = this.#queues.get(hash)
    if (!queue) {
      queue = new ChangeQueue(this.#store, this.#partition(hash), this.#lifetime)
      this.#queues.set(hash, queue)
    }
    try {
      return await queue.run(base, plan)
    } finally {
      if (queue.isIdle && this.#queues.get(hash) === queue) this.#queues.delete(hash)
    }
  }

  isDue(known: Known): boolean {
    return this.#lifetime.isDue(known.meta, storeTimeNow(known), known.expiresAt)
  }

  drop(id: string): Promise<void> {
    return this.dropByHash(hashOf(id))
  }

  dropByHash(hash: string): Promise<void> {
    return this.#store.drop(this.#partition(hash))
  }

  /** The hashes of a user's live sessions, oldest first. */
  ofUser(userId: string): AsyncGenerator<string> {
    return this.#listed(sessionsOf(userId))
  }

  /** The hashes of all live sessions. */
  all(): AsyncGenerator<string> {
    return this.#listed(ALL_SESSIONS)
  }

  async *#listed(index: string): AsyncGenerator<string> {
    let cursor: string | undefined
    do {
      const page = await this.#store.query(this.#tenant, { index, limit: PAGE, ...(cursor ? { cursor } : {}) })
      for (const { partition } of page.rows) yield hashIn(partition)
      cursor = page.cursor
    } while (cursor)
  }

  async #after(partition: Partition, last: Row | undefined): Promise<{ rows: Row[]; more: boolean }> {
    const from = last?.key ?? DATA
    const { rows, more } = await this.#store.read(partition, [{ prefix: DATA, from, limit: ROWS + 1 }])
    return { rows: (rows[0] ?? []).filter(({ key }) => key !== from), more: more[0] === true }
  }

  #partition(hash: string): Partition {
    return partitionOf(this.#tenant, hash)
  }
}
