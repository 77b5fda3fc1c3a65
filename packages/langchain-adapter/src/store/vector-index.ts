import type { Store } from '@everthread/core'
import type { SearchItem } from '@langchain/langgraph-checkpoint'
import { decodeItem, itemKey, toItem } from './item.ts'
import { partitionOf } from './namespace.ts'
import type { Search } from './search.ts'

/** An item as an index of your own knows it. */
export interface IndexedItem {
  namespace: string[]
  key: string
}

/**
 * A vector index of your own, for more items than are worth comparing one by one. It is told of every item after the
 * store has it. What it finds is looked up in the store: it may lag behind, and may name items that are gone.
 */
export interface VectorIndex {
  /** Takes the place of what it had for these items; no vectors: nothing to find them by. */
  upsert(items: (IndexedItem & { vectors: Float32Array[] })[]): Promise<void>
  remove(items: IndexedItem[]): Promise<void>
  /** The nearest first, at most `limit`, each item once. */
  search(query: {
    namespacePrefix: string[]
    vector: Float32Array
    limit: number
  }): Promise<(IndexedItem & { score: number })[]>
}

/** Asks for more until enough of what the index finds is there and matches. */
export async function searchIndex(
  store: Store,
  tenant: string,
  { prefix, matches, limit, offset }: Search,
  index: VectorIndex,
  vector: Float32Array,
): Promise<SearchItem[]> {
  const wanted = offset + limit
  for (let asked = wanted; ; asked *= 2) {
    const hits = await index.search({ namespacePrefix: prefix, vector, limit: asked })
    const items = await lookUp(store, tenant, hits)
    const found = matches ? items.filter(({ value }) => matches(value)) : items
    if (found.length >= wanted || hits.length < asked) return found.slice(offset, wanted)
  }
}

async function lookUp(store: Store, tenant: string, hits: (IndexedItem & { score: number })[]): Promise<SearchItem[]> {
  const items = await Promise.all(
    hits.map(async ({ namespace, key, score }) => {
      const { rows } = await store.read(partitionOf(tenant, namespace), [{ get: [itemKey(key)] }])
      const row = rows[0]?.[0]
      return row && { ...toItem(namespace, key, decodeItem(row)), score }
    }),
  )
  return items.filter((item) => item !== undefined)
}
