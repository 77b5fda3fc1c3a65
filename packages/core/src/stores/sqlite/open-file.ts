import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../contract/ports.ts'
import { EverthreadError } from '../../errors.ts'
import { Connection } from './connection.ts'
import { APPLICATION_ID, FORMAT, SCHEMA } from './schema.ts'
import { isReadOnly } from './sqlite-error.ts'
import { loadSqlite } from './sqlite-module.ts'
import { clockOf, monotonicClock, type StoreClock } from './store-clock.ts'

export interface OpenFile {
  connection: Connection
  clock: StoreClock
}

export interface OpenOptions {
  path: string
  durability: 'process' | 'disk'
  clock?: Clock | undefined
  maxBytes?: number | undefined
}

const PAGE_BYTES = 4096

/** One try; a busy file raises what SQLite raises, so that the caller can wait without blocking. */
export function openFile(options: OpenOptions): OpenFile {
  const { DatabaseSync } = loadSqlite()
  if (options.path !== ':memory:') makeFolder(options.path)
  const database = new DatabaseSync(options.path)
  try {
    return prepareFile(database, options)
  } catch (error) {
    database.close()
    throw error
  }
}

function prepareFile(database: DatabaseSync, { path, durability, clock, maxBytes }: OpenOptions): OpenFile {
  const connection = new Connection(database)
  database.exec('PRAGMA busy_timeout = 0')
  // One moment: another process may be making the file just now.
  const isNew = connection.transaction('BEGIN', () => checkFormat(connection, path))
  if (isNew) database.exec(`PRAGMA page_size = ${PAGE_BYTES}`)
  if (isNew || journalMode(connection) !== 'wal') database.exec('PRAGMA journal_mode = WAL')
  // A checkpoint waits for the disk, so the log may grow to 16 MB before there is one; at most 32 MB of it stay behind.
  database.exec(
    `PRAGMA synchronous = ${durability === 'disk' ? 'FULL' : 'NORMAL'}; PRAGMA journal_size_limit = 33554432; PRAGMA wal_autocheckpoint = 4000`,
  )
  if (maxBytes !== undefined) database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / PAGE_BYTES))}`)
  const start = (mayWrite: boolean): StoreClock => {
    // Another process may have made the file in the meantime.
    if (isNew && checkFormat(connection, path)) database.exec(SCHEMA)
    return clock ? clockOf(clock) : monotonicClock(connection, mayWrite)
  }
  try {
    return { connection, clock: connection.transaction('BEGIN IMMEDIATE', () => start(true)) }
  } catch (error) {
    if (isNew || !isReadOnly(error)) throw error
    return { connection, clock: connection.transaction('BEGIN', () => start(false)) }
  }
}

/** Whether the file is empty; raises when it is not ours, before anything in it is changed. */
function checkFormat(connection: Connection, path: string): boolean {
  const format = pragma(connection, 'user_version')
  if (pragma(connection, 'application_id') === APPLICATION_ID) {
    if (format === FORMAT) return false
    throw new EverthreadError(
      'STORE_NEWER_FORMAT',
      `${path} was written by a newer Everthread (format ${format}, this one knows ${FORMAT}): upgrade @everthread/core.`,
    )
  }
  if (!connection.get('SELECT 1 FROM sqlite_schema LIMIT 1')) return true
  throw new EverthreadError('STORE_FOREIGN', `${path} is a database of another program: give another path.`)
}

function pragma(connection: Connection, name: 'user_version' | 'application_id'): number {
  return connection.get<Record<string, number>>(`PRAGMA ${name}`)?.[name] ?? 0
}

function journalMode(connection: Connection): string | undefined {
  return connection.get<{ journal_mode: string }>('PRAGMA journal_mode')?.journal_mode
}

function makeFolder(path: string): void {
  const folder = dirname(resolve(path))
  try {
    mkdirSync(folder, { recursive: true })
  } catch (cause) {
    throw new EverthreadError(
      'STORE_CANNOT_OPEN',
      `The folder ${folder} cannot be made: check the path and its mode.`,
      {
        cause,
      },
    )
  }
}
