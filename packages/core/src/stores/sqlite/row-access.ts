import type { Bytes, Key, Row } from '../../contract/store.ts'
import type { KeyRange } from '../sql/key-range.ts'
import type { Connection } from './connection.ts'
import type { Head } from './partition-head.ts'

interface StoredRow {
  key: Key
  rev: number
  until: number | null
  value: Bytes
}

/** To SQLite every blob is above every text. */
const NO_BOUND = new Uint8Array()

const COLUMNS = 'key, rev, until, value'
const LIVE = '(until IS NULL OR until > ?)'
const RANGE = 'partition = ? AND key >= ? AND key < ?'

/** Named so that a test can hold each to an index. */
export const ROW_QUERIES: Record<'get' | 'up' | 'down' | 'revision' | 'first' | 'floor', string> = {
  get: `SELECT ${COLUMNS} FROM rows WHERE partition = ? AND key = ? AND ${LIVE}`,
  up: `SELECT ${COLUMNS} FROM rows WHERE ${RANGE} AND ${LIVE} ORDER BY key LIMIT ?`,
  down: `SELECT ${COLUMNS} FROM rows WHERE ${RANGE} AND ${LIVE} ORDER BY key DESC LIMIT ?`,
  revision: `SELECT rev FROM rows WHERE partition = ? AND key = ? AND ${LIVE}`,
  first: `SELECT key FROM rows WHERE ${RANGE} AND ${LIVE} ORDER BY key LIMIT 1`,
  floor: `SELECT key FROM rows WHERE ${RANGE} AND key <= ? AND ${LIVE} ORDER BY key DESC LIMIT 1`,
}

export function getRow(connection: Connection, head: Head, key: Key, now: number): Row | undefined {
  const row = connection.get<StoredRow>(ROW_QUERIES.get, head.id, key, now)
  return row && toRow(row, head)
}

/** The live row's revision; 0 when there is none. */
export function revisionOf(connection: Connection, head: Head, key: Key, now: number): number {
  const row = connection.get<{ rev: number }>(ROW_QUERIES.revision, head.id, key, now)
  return row ? head.base + row.rev : 0
}

export function firstKey(connection: Connection, head: Head, range: KeyRange, now: number): Key | null {
  return connection.get<{ key: Key }>(ROW_QUERIES.first, head.id, range.from, range.to ?? NO_BOUND, now)?.key ?? null
}

/** The greatest live key in the range, up to and including `key`. */
export function floorKey(connection: Connection, head: Head, range: KeyRange, key: Key, now: number): Key | undefined {
  const { from, to = NO_BOUND } = range
  return connection.get<{ key: Key }>(ROW_QUERIES.floor, head.id, from, to, key, now)?.key
}

export function rangeRows(
  connection: Connection,
  head: Head,
  range: KeyRange,
  options: { reverse?: boolean | undefined; limit: number; maxBytes?: number | undefined },
  now: number,
): { rows: Row[]; more: boolean } {
  const { limit, maxBytes = Number.POSITIVE_INFINITY } = options
  const sql = options.reverse ? ROW_QUERIES.down : ROW_QUERIES.up
  const rows: Row[] = []
  let bytes = 0
  for (const row of connection.iterate<StoredRow>(sql, head.id, range.from, range.to ?? NO_BOUND, now, limit + 1)) {
    bytes += row.value.length
    if (rows.length === limit || (rows.length > 0 && bytes > maxBytes)) return { rows, more: true }
    rows.push(toRow(row, head))
  }
  return { rows, more: false }
}

export function putRow(
  connection: Connection,
  head: Head,
  row: { key: Key; value: Bytes; until: number | null },
): void {
  connection.run(
    `INSERT INTO rows(partition, key, rev, until, value) VALUES(?, ?, ?, ?, ?) ON CONFLICT(partition, key)
     DO UPDATE SET rev = excluded.rev, until = excluded.until, value = excluded.value`,
    head.id,
    row.key,
    head.commits,
    row.until,
    row.value,
  )
}

export function touchRow(connection: Connection, head: Head, key: Key, until: number, now: number): void {
  connection.run(
    `UPDATE rows SET rev = ?, until = ? WHERE partition = ? AND key = ? AND ${LIVE}`,
    head.commits,
    until,
    head.id,
    key,
    now,
  )
}

export function deleteRow(connection: Connection, head: Head, key: Key): void {
  connection.run('DELETE FROM rows WHERE partition = ? AND key = ?', head.id, key)
}

export function deleteRange(connection: Connection, head: Head, range: KeyRange): void {
  connection.run(`DELETE FROM rows WHERE ${RANGE}`, head.id, range.from, range.to ?? NO_BOUND)
}

function toRow({ key, rev, until, value }: StoredRow, head: Head): Row {
  const row: Row = { key, rev: head.base + rev, value }
  if (until !== null) row.until = until
  return row
}
