import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** The size of a database file once its write-ahead log is folded in. Not vacuumed. */
export function databaseFileBytes(path: string): number {
  const db = new DatabaseSync(path)
  try {
    db.exec('PRAGMA busy_timeout = 5000')
    const folded = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }
    if (folded.busy !== 0) throw new Error(`The write-ahead log of ${path} is in use and cannot be folded in.`)
  } finally {
    db.close()
  }
  return statSync(path).size
}
