import type { Row, Store } from '@everthread/core'
import { ITEMS } from './item.ts'
import { NAMESPACES, namespaceIn, partitionOf, rangeUnder, startsWith } from './namespace.ts'

const NAMESPACE_PAGE = 200
const ITEM_PAGE = 200
const PAGE_BYTES = 1024 * 1024
/** How many small namespaces are read at once. */
const AHEAD = 16

/** Namespaces at and under the prefix, in their order. */
export async function* namespacesUnder(store: Store, tenant: string, prefix: string[]): AsyncGenerator<string[]> {
  let cursor: string | undefined
  do {
    const page = await store.query(tenant, {
      index: NAMESPACES,
      ...rangeUnder(prefix),
      limit: NAMESPACE_PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    })
    for (const { partition } of page.rows) {
      const namespace = namespaceIn(partition)
      if (startsWith(namespace, prefix)) yield namespace
    }
    cursor = page.cursor
  } while (cursor !== undefined)
}

export interface Page {
  namespace: string[]
  rows: Row[]
}

/** The items at and under the prefix by namespace, then key, a page at a time. */
export async function* itemsUnder(store: Store, tenant: string, prefix: string[]): AsyncGenerator<Page> {
  for await (const namespaces of grouped(namespacesUnder(store, tenant, prefix), AHEAD)) {
    const firsts = await Promise.all(namespaces.map((namespace) => readPage(store, tenant, namespace)))
    for (const first of firsts) {
      yield first
      let { next } = first
      while (next !== undefined) {
        const page = await readPage(store, tenant, first.namespace, next)
        yield page
        next = page.next
      }
    }
  }
}

async function readPage(
  store: Store,
  tenant: string,
  namespace: string[],
  from?: string,
): Promise<Page & { next: string | undefined }> {
  const read = { prefix: ITEMS, limit: ITEM_PAGE, maxBytes: PAGE_BYTES, ...(from === undefined ? {} : { from }) }
  const snapshot = await store.read(partitionOf(tenant, namespace), [read])
  const rows = snapshot.rows[0] ?? []
  const last = rows.at(-1)
  // The first key after the last one.
  return { namespace, rows, next: snapshot.more[0] && last ? `${last.key}\u0001` : undefined }
}

async function* grouped<T>(source: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = []
  for await (const each of source) {
    group.push(each)
    if (group.length < size) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}
