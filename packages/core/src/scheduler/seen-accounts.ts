import { LRUCache } from 'lru-cache'
import type { Key, Partition, Row, Store } from '../contract/store.ts'
import { decodeAccount } from './account.ts'
import type { Seen } from './ledger-page.ts'

const ACCOUNTS = 10_000

/** Accounts as they were when this process read or wrote them last. The store compares. */
export class SeenAccounts {
  readonly #store: Store
  readonly #partition: Partition
  readonly #seen = new LRUCache<Key, Seen>({ max: ACCOUNTS })

  constructor(store: Store, partition: Partition) {
    this.#store = store
    this.#partition = partition
  }

  has(key: Key): boolean {
    return this.#seen.has(key)
  }

  get(key: Key): Seen | undefined {
    return this.#seen.get(key)
  }

  set(key: Key, seen: Seen): void {
    this.#seen.set(key, seen)
  }

  forget(key: Key): void {
    this.#seen.delete(key)
  }

  of(keys: readonly Key[]): ReadonlyMap<Key, Seen> {
    const known = keys.map((key) => [key, this.#seen.get(key)] as const)
    return new Map(known.flatMap(([key, seen]) => (seen ? [[key, seen] as const] : [])))
  }

  /** From the store. Adds the keys to those that were read. */
  async read(keys: readonly Key[], read: Set<Key>): Promise<void> {
    if (keys.length === 0) return
    const { rows } = await this.#store.read(this.#partition, [{ get: [...keys] }])
    this.learn(keys, rows[0] ?? [])
    for (const key of keys) read.add(key)
  }

  /** These are all there are now of the keys. */
  learn(keys: readonly Key[], rows: readonly Row[]): void {
    for (const key of keys) this.#seen.delete(key)
    for (const row of rows) this.#seen.set(row.key, { rev: row.rev, account: decodeAccount(row.value) })
  }
}
