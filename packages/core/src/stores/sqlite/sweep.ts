import type { Connection } from './connection.ts'
import { entomb, type Head } from './partition-head.ts'

/** Rows that one sweep deletes at most, so that it stays short. */
const SWEPT_ROWS = 500
const SWEPT_PARTITIONS = 16

/** Forgets a little of what is past its time; the caller holds the write transaction. */
export function sweep(connection: Connection, now: number): void {
  const gone = connection.all<Head & { tenant: string | null; name: string }>(
    'SELECT * FROM partitions WHERE remove_at IS NOT NULL AND remove_at <= ? ORDER BY remove_at LIMIT ?',
    now,
    SWEPT_PARTITIONS,
  )
  let left = SWEPT_ROWS
  for (const head of gone) {
    if (head.tenant !== null) entomb(connection, head.tenant, head.name, head)
    left -= deleteSome(connection, head.id, left)
    if (left === 0) return
  }
  connection.run(
    'DELETE FROM rows WHERE id IN (SELECT id FROM rows WHERE until IS NOT NULL AND until <= ? ORDER BY until LIMIT ?)',
    now,
    left,
  )
}

/** Deletes rows of a tombstone, and the tombstone with the last of them. Returns how many rows. */
export function deleteSome(connection: Connection, partition: number, limit: number): number {
  const deleted = connection.run(
    'DELETE FROM rows WHERE id IN (SELECT id FROM rows WHERE partition = ? LIMIT ?)',
    partition,
    limit,
  )
  if (deleted < limit) connection.run('DELETE FROM partitions WHERE id = ?', partition)
  return deleted
}
