import type { CodecOptions } from '../../contract/codec.ts'
import type { Clock } from '../../contract/ports.ts'
import type { Store } from '../../contract/store.ts'
import { EverthreadError } from '../../errors.ts'
import { createStore } from '../create-store.ts'
import { loadPg, type PostgresPool } from './peer.ts'
import { PostgresDriver } from './postgres-driver.ts'
import { quoteSchema } from './schema-name.ts'

export type { PostgresClient, PostgresPool, PostgresStatement } from './peer.ts'

export interface PostgresStoreOptions {
  codec?: CodecOptions
  /** Replaces the server's time; meant for tests. */
  clock?: Clock
  /** The schema that holds the tables, made if it is not there. By default `everthread`. */
  schema?: string
  /** Where `watch` listens for notifications: a URL that leads past a pooler. By default the pool's own. */
  listenUrl?: string
  /** How often `watch` polls; twenty times as rarely when notifications come through. By default 250 ms. */
  watchIntervalMs?: number
  /** Connections of a pool made from a URL. By default 10. */
  connections?: number
  /** Prepares statements under names: saves the server parsing, but not every pooler can do it. Off by default. */
  prepare?: boolean
  /** For one try of a statement, connecting included. By default 10,000 ms. */
  timeoutMs?: number
  /** Tries after the first, when the connection is lost or the server is busy. By default 8. */
  retries?: number
  /** The wait before the first retry; it doubles with each, up to 2 s. By default 50 ms. */
  backoffMs?: number
}

/**
 * A store in Postgres, by the package `pg`. Each read and each commit is one statement in one round trip,
 * with no state kept on the connection, so a pooler in transaction mode is fine. Tables are made on first use.
 *
 * A pool that is given is not ended by `close`; one that is made from a URL is.
 *
 * Calls fail with `STORE_UNREACHABLE`, `STORE_AUTH`, `STORE_CANNOT_OPEN`, `STORE_TIMEOUT`, `STORE_BUSY`, `STORE_FULL`,
 * `STORE_READ_ONLY`, `STORE_NEWER_FORMAT`, `STORE_CORRUPT`, `STORE_FAILED`, `STORE_CLOSED` or `PEER_MISSING`. On those
 * of a commit, `committed` says whether it happened; `unknown` is settled by a retry with the same id.
 */
export function postgresStore(poolOrUrl: PostgresPool | string, options: PostgresStoreOptions = {}): Store {
  const isUrl = typeof poolOrUrl === 'string'
  if (isUrl ? !isPostgresUrl(poolOrUrl) : typeof poolOrUrl?.connect !== 'function') {
    throw new EverthreadError('OPTIONS_INVALID', 'postgresStore needs a postgres:// URL or a Pool of pg.')
  }
  const { schema = 'everthread', timeoutMs = 10_000, retries = 8, backoffMs = 50, prepare = false } = options
  const { watchIntervalMs = 250, connections = 10, listenUrl, clock } = options
  const driver = new PostgresDriver({
    schema: quoteSchema(schema),
    timeoutMs,
    retries,
    backoffMs,
    prepare,
    watchIntervalMs,
    clock,
    openPool: async () => (isUrl ? makePool(poolOrUrl, connections, timeoutMs) : poolOrUrl),
    closePool: async (pool) => {
      if (isUrl) await pool.end()
    },
    listenOptions: (pool) => {
      const url = listenUrl ?? (isUrl ? poolOrUrl : undefined)
      // As a pool makes its own connections: from its options object, where the password is hidden from copying.
      return url === undefined ? (pool.options ?? {}) : { connectionString: url, connectionTimeoutMillis: timeoutMs }
    },
  })
  return createStore(driver, options)
}

async function makePool(url: string, connections: number, timeoutMs: number): Promise<PostgresPool> {
  const { Pool } = await loadPg()
  const pool = new Pool({ connectionString: url, max: connections, connectionTimeoutMillis: timeoutMs })
  // An idle connection that breaks is replaced; without a listener it would end the process.
  pool.on('error', () => undefined)
  return pool
}

function isPostgresUrl(url: string): boolean {
  return /^postgres(ql)?:\/\//.test(url) && URL.canParse(url)
}
