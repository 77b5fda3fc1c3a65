import { EverthreadError, type Store } from '@everthread/core'
import {
  BaseStore,
  type GetOperation,
  type Item,
  type Operation,
  type OperationResults,
  type PutOperation,
  type SearchItem,
} from '@langchain/langgraph-checkpoint'
import { refuseUnknown } from '../known-options.ts'
import { checkItemKey, decodeItem, itemKey, MARK, toItem, valueText } from './item.ts'
import { listNamespaces } from './list-namespaces.ts'
import { checkNamespace, checkPrefix, partitionOf, pathOf } from './namespace.ts'
import { type Change, ItemWriter } from './put-items.ts'
import { namespacesUnder } from './scan.ts'
import { checkSearch, type Search, searchInOrder, searchNearest } from './search.ts'
import { StoreClock } from './store-clock.ts'
import { searchIndex, type VectorIndex } from './vector-index.ts'
import { type IndexOptions, packVectors, Vectors } from './vectors.ts'

export interface EverthreadStoreOptions {
  /** Where items live; the same store as the sessions'. */
  store: Store
  /** The outermost scope: nothing crosses it. Default `default`. */
  tenant?: string
  /** Search by meaning. Without it, a search's `query` is not looked at, as in LangGraph's own stores. */
  index?: IndexOptions
  /** A vector index of your own; needs `index`. Default: every item under the prefix is compared, exactly. */
  vectorIndex?: VectorIndex
  ttl?: {
    /** How long an item lives after it was put, ms. Default: for ever. */
    defaultMs?: number
    /** Whether a get begins that time anew. Default false. */
    refreshOnRead?: boolean
  }
}

/** Beyond LangGraph's put: how long this item lives, ms. */
export type TimedPut = PutOperation & { ttlMs?: number }

/**
 * LangGraph's long-term memory on an Everthread store: `builder.compile({ store: new EverthreadStore({ store }) })`.
 *
 * A batch reads first and then puts; of several puts of one item the last counts. The puts of a namespace are one commit,
 * up to 2,499 items and 4 MB. Items come by namespace, then key; of a search by meaning, the nearest first.
 *
 * Errors: `STORE_MISSING`, `OPTIONS_INVALID`, `TTL_INVALID`, `INDEX_INVALID`, `EMBEDDING_INVALID`, `NAMESPACE_INVALID`, `ITEM_KEY_INVALID`,
 * `ITEM_INVALID`, `QUERY_INVALID`, `OPERATION_INVALID`, and those of the store.
 */
export class EverthreadStore extends BaseStore {
  readonly #store: Store
  readonly #tenant: string
  readonly #vectors: Vectors | undefined
  readonly #vectorIndex: VectorIndex | undefined
  readonly #ttl: NonNullable<EverthreadStoreOptions['ttl']>
  readonly #writer: ItemWriter
  readonly #clock: StoreClock = new StoreClock()

  constructor(options: EverthreadStoreOptions) {
    super()
    refuseUnknown('EverthreadStore', options, ['store', 'tenant', 'index', 'vectorIndex', 'ttl'])
    const { store, tenant = 'default', index, vectorIndex, ttl = {} } = options
    refuseUnknown('the ttl of EverthreadStore', ttl, ['defaultMs', 'refreshOnRead'])
    if (!store) throw new EverthreadError('STORE_MISSING', 'Give the store: new EverthreadStore({ store })')
    checkTtl(ttl.defaultMs)
    if (vectorIndex && !index) {
      throw new EverthreadError('INDEX_INVALID', 'Give index, with its embeddings, beside vectorIndex')
    }
    this.#store = store
    this.#tenant = tenant
    this.#vectors = index && new Vectors(index)
    this.#vectorIndex = vectorIndex
    this.#ttl = ttl
    this.#writer = new ItemWriter(store, tenant, this.#clock)
  }

  override async batch<Op extends Operation[]>(operations: Op): Promise<OperationResults<Op>> {
    const reads = operations.map((operation) => this.#plan(operation))
    const changes = await this.#changes(operations.filter(isPut))
    const results = await Promise.all(reads.map((read) => read?.()))
    await Promise.all([...changes.values()].map((change) => this.#write(change)))
    return results as OperationResults<Op>
  }

  /** @param options.ttlMs - how long the item lives, instead of the store's default */
  override async put(
    namespace: string[],
    key: string,
    value: Record<string, unknown>,
    index?: false | string[],
    options: { ttlMs?: number } = {},
  ): Promise<void> {
    const put: TimedPut = { namespace, key, value, ...(index === undefined ? {} : { index }), ...options }
    await this.batch([put])
  }

  /** Removes every item at and under the namespace; with `[]` all of the tenant's. */
  async deleteNamespace(prefix: string[]): Promise<void> {
    for await (const namespace of namespacesUnder(this.#store, this.#tenant, checkPrefix(prefix))) {
      await this.#store.drop(partitionOf(this.#tenant, namespace))
    }
  }

  /** What an operation reads, checked before anything is done; undefined for a put. */
  #plan(operation: Operation): (() => Promise<Item | null | SearchItem[] | string[][]>) | undefined {
    if (isPut(operation)) return undefined
    if ('namespacePrefix' in operation) {
      const search = checkSearch(operation)
      return () => this.#search(search)
    }
    if ('key' in operation) {
      const namespace = checkNamespace(operation.namespace)
      const key = checkItemKey(operation.key)
      return () => this.#get({ namespace, key })
    }
    if ('limit' in operation || 'matchConditions' in operation) {
      return () => listNamespaces(this.#store, this.#tenant, operation)
    }
    throw new EverthreadError('OPERATION_INVALID', 'Give operations that get, put, search or list namespaces')
  }

  async #get({ namespace, key }: GetOperation): Promise<Item | null> {
    const reads = [{ get: [itemKey(key)] }, { get: this.#ttl.refreshOnRead ? [MARK] : [] }]
    const { now, rows } = await this.#store.read(partitionOf(this.#tenant, namespace), reads)
    this.#clock.note(now)
    const row = rows[0]?.[0]
    if (!row) return null
    const item = decodeItem(row)
    if (this.#ttl.refreshOnRead && item.ttlMs !== undefined) {
      await this.#writer.refresh(namespace, key, item.ttlMs, rows[1]?.[0])
    }
    return toItem(namespace, key, item)
  }

  async #search(search: Search): Promise<SearchItem[]> {
    if (search.query === undefined || !this.#vectors) return searchInOrder(this.#store, this.#tenant, search)
    const query = await this.#vectors.query(search.query)
    if (this.#vectorIndex) return searchIndex(this.#store, this.#tenant, search, this.#vectorIndex, query)
    return searchNearest(this.#store, this.#tenant, search, this.#vectors, query)
  }

  /** The puts by namespace, with their vectors: the last of each item. */
  async #changes(puts: TimedPut[]): Promise<Map<string, NamespaceChange>> {
    const checked = puts.map((put) => {
      checkNamespace(put.namespace)
      checkItemKey(put.key)
      checkTtl(put.ttlMs)
      const text = put.value === null ? null : valueText(put.value)
      return { text, found: this.#vectors?.textsOf(put) ?? [] }
    })
    const embedded =
      (await this.#vectors?.embed(checked.flatMap(({ found }) => found))) ?? new Map<string, Float32Array>()
    const changes = new Map<string, NamespaceChange>()
    for (const [i, { namespace, key, ttlMs = this.#ttl.defaultMs }] of puts.entries()) {
      const path = pathOf(namespace)
      const change = changes.get(path) ?? { namespace, items: new Map() }
      const { text, found } = checked[i] as (typeof checked)[number]
      const vectors = found.map((each) => embedded.get(each) as Float32Array)
      change.items.set(key, { key, text, ttlMs, vectors })
      changes.set(path, change)
    }
    return changes
  }

  async #write({ namespace, items }: NamespaceChange): Promise<void> {
    const changes = [...items.values()]
    await this.#writer.write(
      namespace,
      changes.map(({ vectors, ...change }) => ({
        ...change,
        vectors: vectors.length > 0 && !this.#vectorIndex ? packVectors(vectors) : undefined,
      })),
    )
    if (!this.#vectorIndex) return
    const removed = changes.filter(({ text }) => text === null)
    const put = changes.filter(({ text }) => text !== null)
    if (put.length > 0) await this.#vectorIndex.upsert(put.map(({ key, vectors }) => ({ namespace, key, vectors })))
    if (removed.length > 0) await this.#vectorIndex.remove(removed.map(({ key }) => ({ namespace, key })))
  }
}

interface NamespaceChange {
  namespace: string[]
  items: Map<string, Omit<Change, 'vectors'> & { vectors: Float32Array[] }>
}

const isPut = (operation: Operation): operation is TimedPut => 'value' in operation

function checkTtl(ttlMs: number | undefined): void {
  if (ttlMs === undefined || (Number.isSafeInteger(ttlMs) && ttlMs > 0)) return
  throw new EverthreadError('TTL_INVALID', 'Give how long an item lives as a whole number of ms above 0')
}
