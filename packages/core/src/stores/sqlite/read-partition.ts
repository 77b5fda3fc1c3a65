import type { Partition, Read, Row, Snapshot } from '../../contract/store.ts'
import { compareBytewise } from '../key-order.ts'
import { rangeOf, rangeOfRead } from '../sql/key-range.ts'
import type { Connection } from './connection.ts'
import { findHead, type Head, isRemoved } from './partition-head.ts'
import { floorKey, getRow, rangeRows } from './row-access.ts'

/** All reads of a snapshot; the caller holds the transaction. */
export function readPartition(connection: Connection, partition: Partition, reads: Read[], now: number): Snapshot {
  const head = findHead(connection, partition)
  if (!head || isRemoved(head, now)) {
    return { now, rev: 0, rows: reads.map(() => []), more: reads.map(() => false) }
  }
  const snapshot: Snapshot = { now, rev: head.base + head.commits, rows: [], more: [] }
  if (head.expires_at !== null) snapshot.expiresAt = head.expires_at
  if (head.remove_at !== null) snapshot.removeAt = head.remove_at
  for (const read of reads) {
    const { rows, more } = readRows(connection, head, read, snapshot.rows, now)
    snapshot.rows.push(rows)
    snapshot.more.push(more)
  }
  return snapshot
}

interface Found {
  rows: Row[]
  more: boolean
}

function readRows(connection: Connection, head: Head, read: Read, earlier: Row[][], now: number): Found {
  if ('get' in read) {
    const rows = read.get.map((key) => getRow(connection, head, key, now)).filter((row) => row !== undefined)
    return { rows, more: false }
  }
  if ('below' in read) {
    const first = earlier[read.below]?.[0]?.key
    if (first === undefined) return { rows: [], more: false }
    return subtree(connection, head, read.prefix + first.slice(first.lastIndexOf('/') + 1), read.limit, now)
  }
  const range = rangeOfRead(read, compareBytewise)
  if (read.floor && read.from !== undefined) {
    range.from = floorKey(connection, head, rangeOf(read.prefix), read.from, now) ?? range.from
  }
  return rangeRows(connection, head, range, read, now)
}

/** The row at the key and the rows under `key/`; between the two, other keys may lie. */
function subtree(connection: Connection, head: Head, key: string, limit: number, now: number): Found {
  const own = getRow(connection, head, key, now)
  const under = rangeRows(connection, head, rangeOf(`${key}/`), { limit }, now)
  if (!own) return under
  return { rows: [own, ...under.rows.slice(0, limit - 1)], more: under.more || under.rows.length === limit }
}
