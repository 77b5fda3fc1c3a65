import type { Partition, Read, Row, Store } from '@everthread/core'
import { LRUCache } from 'lru-cache'
import { ChangeQueue, type Plan } from './change-queue.ts'
import { firstCommit } from './draft.ts'
import { type Known, knownFrom, refreshed, storeTimeNow } from './known.ts'
import { ALL_SESSIONS, DATA, hashIn, hashOf, META, partitionOf, sessionsOf } from './layout.ts'
import type { Lifetime } from './lifetime.ts'
import { indexOf, type Meta } from './meta.ts'

/** Rows in one round trip. */
const ROWS = 1_000
const PAGE = 100
/** Frozen, so that a store can make what it asks its database with once. */
const READS: Read[] = [
  Object.freeze({ get: Object.freeze([META]) as string[] }),
  Object.freeze({ prefix: DATA, limit: ROWS }),
]
Object.freeze(READS)
/** What may be remembered, in characters, and what a session and a row of it count beside their texts. */
const REMEMBERED = 16 * 1024 * 1024
const WEIGHT = 256

/** Web sessions on a store, named by the hash of their id. Each is a partition: a row about it, and a row for each key. */
export class WebSessions {
  readonly #store: Store
  readonly #tenant: string
  readonly #lifetime: Lifetime
  readonly #queues: Map<string, ChangeQueue> = new Map()
  /** Sessions as this process saw them last. Each is used only after the store has said that it is still at that revision. */
  readonly #lately: LRUCache<string, Known> = new LRUCache({ maxSize: REMEMBERED, sizeCalculation: weightOf })

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
    const before = this.#lately.get(hash)
    const snapshot = await this.#store.read(partition, READS, before?.rev)
    if (before && snapshot.unchanged) return this.#unlessOver(refreshed(before, snapshot))
    const [, data = []] = snapshot.rows
    for (let more = snapshot.more[1]; more; ) {
      const next = await this.#after(partition, data.at(-1))
      data.push(...next.rows)
      more = next.more
    }
    const known = knownFrom(snapshot)
    if (known) this.#lately.set(hash, known)
    else this.#lately.delete(hash)
    return known && this.#unlessOver(known)
  }

  #unlessOver(known: Known): Known | undefined {
    return this.#lifetime.left(known.meta, known.storeTime) > 0 ? known : undefined
  }

  /** Stores a session as a whole. One round trip, and on Redis one more for its index entries. */
  async create(id: string, meta: Meta, rows: ReadonlyMap<string, string>): Promise<Known> {
    const left = this.#lifetime.left(meta, meta.createdAt ?? 0)
    const index = indexOf(meta, Date.now())
    const hash = hashOf(id)
    const outcome = await this.#store.commit(this.#partition(hash), { ...firstCommit(meta, rows, left), index })
    const { rev, now } = outcome.ok ? outcome : { rev: 0, now: outcome.now }
    const known = {
      rev,
      meta: { ...meta, createdAt: meta.createdAt ?? Math.floor(rev / 1000) },
      metaRev: rev,
      rows: new Map([...rows].map(([name, text]) => [name, { rev, text }])),
      expiresAt: now + left,
      storeTime: now,
      readAt: performance.now(),
    }
    if (outcome.ok) this.#lately.set(hash, known)
    return known
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
      queue = new ChangeQueue(this.#store, this.#partition(hash), this.#lifetime, {
        lately: () => this.#lately.get(hash),
        remember: (known) => this.#lately.set(hash, known),
      })
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
    this.#lately.delete(hash)
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

function weightOf({ rows }: Known): number {
  let weight = WEIGHT
  for (const [name, { text }] of rows) weight += WEIGHT + name.length + text.length
  return weight
}
