import type { Connection } from './connection.ts'
import { entomb, type Head } from './partition-head.ts'

/** Rows that one sweep deletes at most, so that it stays short. */
const SWEPT_ROWS = 500
const SWEPT_PARTITIONS = 16

/** Forgets a little of what is past its time; the caller holds the write transaction. */
export function sweep(connection: Connection, now: number): void {
  let left = SWEPT_ROWS
  if (isDue(connection, FIRST_REMOVAL, now)) left = sweepPartitions(connection, now, left)
  if (left > 0 && isDue(connection, FIRST_DEATH, now)) {
    connection.run(
      'DELETE FROM rows WHERE id IN (SELECT id FROM rows WHERE until IS NOT NULL AND until <= ? ORDER BY until LIMIT ?)',
      now,
      left,
    )
  }
}

/** Without parameters, as SQLite plans a statement on these partial indexes anew whenever one changes. */
const FIRST_REMOVAL = 'SELECT remove_at AS at FROM partitions WHERE remove_at IS NOT NULL ORDER BY remove_at LIMIT 1'
const FIRST_DEATH = 'SELECT until AS at FROM rows WHERE until IS NOT NULL ORDER BY until LIMIT 1'

function isDue(connection: Connection, first: string, now: number): boolean {
  const found = connection.get<{ at: number }>(first)
  return found !== undefined && found.at <= now
}

/** Answers how many rows may still be deleted. */
function sweepPartitions(connection: Connection, now: number, limit: number): number {
  const gone = connection.all<Head & { tenant: string | null; name: string }>(
    'SELECT * FROM partitions WHERE remove_at IS NOT NULL AND remove_at <= ? ORDER BY remove_at LIMIT ?',
    now,
    SWEPT_PARTITIONS,
  )
  let left = limit
  for (const head of gone) {
    if (head.tenant !== null) entomb(connection, head.tenant, head.name, head)
    left -= deleteSome(connection, head.id, left)
    if (left === 0) break
  }
  return left
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
