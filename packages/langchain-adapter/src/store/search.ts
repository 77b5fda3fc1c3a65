import { EverthreadError, type Row, type Store } from '@everthread/core'
import type { SearchItem, SearchOperation } from '@langchain/langgraph-checkpoint'
import { matcherOf } from './filter.ts'
import { decodeItem, keyOf, toItem, vectorsKey } from './item.ts'
import { checkPrefix, partitionOf } from './namespace.ts'
import { itemsUnder, type Page } from './scan.ts'
import type { Vectors } from './vectors.ts'

export interface Search {
  prefix: string[]
  matches: ReturnType<typeof matcherOf>
  limit: number
  offset: number
  query: string | undefined
}

/** @throws `NAMESPACE_INVALID`, `QUERY_INVALID` */
export function checkSearch({ namespacePrefix, filter, limit = 10, offset = 0, query }: SearchOperation): Search {
  checkPaging({ limit, offset })
  if (query !== undefined && typeof query !== 'string') {
    throw new EverthreadError('QUERY_INVALID', 'Give the query of a search as text')
  }
  return { prefix: checkPrefix(namespacePrefix), matches: matcherOf(filter), limit, offset, query: query || undefined }
}

/** @throws `QUERY_INVALID` */
export function checkPaging({ limit, offset }: { limit: number; offset: number }): void {
  if (Number.isSafeInteger(limit) && limit >= 0 && Number.isSafeInteger(offset) && offset >= 0) return
  throw new EverthreadError('QUERY_INVALID', 'Give limit and offset as whole numbers from 0')
}

/** By namespace, then key. */
export async function searchInOrder(store: Store, tenant: string, search: Search): Promise<SearchItem[]> {
  const { prefix, matches, limit, offset } = search
  const found: SearchItem[] = []
  let skipped = 0
  if (limit === 0) return found
  for await (const { namespace, rows } of itemsUnder(store, tenant, prefix)) {
    for (const row of rows) {
      if (!matches && skipped < offset) {
        skipped++
        continue
      }
      const item = decodeItem(row)
      if (matches && !matches(item.value)) continue
      if (skipped < offset) skipped++
      else found.push(toItem(namespace, keyOf(row), item))
      if (found.length === limit) return found
    }
  }
  return found
}

interface Scored {
  namespace: string[]
  row: Row
  score: number | undefined
}

/** The nearest first; then, while there is room, items without vectors. */
export async function searchNearest(
  store: Store,
  tenant: string,
  search: Search,
  vectors: Vectors,
  query: Float32Array,
): Promise<SearchItem[]> {
  const { prefix, matches, limit, offset } = search
  const wanted = offset + limit
  let nearest: (Scored & { score: number })[] = []
  const scoreless: Scored[] = []
  for await (const page of itemsUnder(store, tenant, prefix)) {
    const candidates = matches ? page.rows.filter((row) => matches(decodeItem(row).value)) : page.rows
    const stored = await vectorsOf(store, tenant, page, candidates)
    for (const row of candidates) {
      const bytes = stored.get(vectorsKey(keyOf(row)))
      if (bytes) nearest.push({ namespace: page.namespace, row, score: vectors.score(bytes, query) })
      else if (scoreless.length < wanted) scoreless.push({ namespace: page.namespace, row, score: undefined })
    }
    // Equal scores stay in their order.
    nearest = nearest.sort((a, b) => b.score - a.score).slice(0, wanted)
  }
  return [...nearest, ...scoreless].slice(offset, wanted).map(({ namespace, row, score }) => {
    const item = toItem(namespace, keyOf(row), decodeItem(row))
    return score === undefined ? item : { ...item, score }
  })
}

async function vectorsOf(store: Store, tenant: string, page: Page, rows: Row[]): Promise<Map<string, Uint8Array>> {
  if (rows.length === 0) return new Map()
  const { rows: found } = await store.read(partitionOf(tenant, page.namespace), [
    { get: rows.map((row) => vectorsKey(keyOf(row))) },
  ])
  return new Map((found[0] ?? []).map(({ key, value }) => [key, value]))
}
