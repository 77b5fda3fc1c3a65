import type { Bytes, IndexPage, IndexQuery } from '../../contract/store.ts'
import { continueAfter, readCursor, writeCursor } from '../sql/cursor.ts'
import type { Connection } from './connection.ts'

const SELECT = `
  SELECT entries.sort, entries.id, entries.value FROM entries JOIN partitions ON partitions.id = entries.partition
  WHERE entries.tenant = ? AND entries.name = ? AND entries.sort >= ? AND entries.sort < ?
  AND (remove_at IS NULL OR remove_at > ?) AND (entries.sort, entries.id)`

/** Named so that a test can hold each to an index. */
export const INDEX_QUERIES: Record<'up' | 'down', string> = {
  up: `${SELECT} > (?, ?) ORDER BY entries.sort, entries.id LIMIT ?`,
  down: `${SELECT} < (?, ?) ORDER BY entries.sort DESC, entries.id DESC LIMIT ?`,
}

/** To SQLite every blob is above every text. */
const LAST = new Uint8Array()

export function queryIndex(connection: Connection, tenant: string, query: IndexQuery, now: number): IndexPage {
  const { index, reverse = false, limit, cursor } = query
  const { from = '', to = LAST } = continueAfter(query)
  const end = reverse ? { sort: LAST, id: LAST } : { sort: '', id: '' }
  const after = cursor === undefined ? end : readCursor(cursor)
  const sql = reverse ? INDEX_QUERIES.down : INDEX_QUERIES.up
  const found = connection.all<{ sort: string; id: string; value: Bytes | null }>(
    sql,
    tenant,
    index,
    from,
    to,
    now,
    after.sort,
    after.id,
    limit + 1,
  )
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return {
    rows: page.map(({ sort, id, value }) => ({
      partition: { tenant, id },
      sort,
      ...(value === null ? {} : { value }),
    })),
    ...(found.length > limit && last ? { cursor: writeCursor(last) } : {}),
  }
}
