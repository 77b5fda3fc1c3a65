import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { memoryStore } from '@everthread/core/memory'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { serverUrl } from '../savers/servers.ts'

/** A database that takes one value under a name and gives it back: as much as all of them can do. */
export interface KeyValue {
  set(name: string, value: Uint8Array): Promise<unknown>
  get(name: string): Promise<unknown>
  close(): Promise<unknown>
}

export interface StoreSubject {
  name: string
  /** The subject that does the same without a store around it; its figures are the measure. */
  over?: string
  open(folder: string, label: string): Promise<KeyValue>
}

/** In the order in which they are measured: raw databases before the stores on them. */
export const storeSubjects: Record<string, StoreSubject> = {
  memory: { name: 'memoryStore', open: async () => partitioned(memoryStore()) },
  'sqlite-raw': { name: 'SQLite, one row', open: async (folder) => rawSqlite(join(folder, 'raw.db')) },
  sqlite: {
    name: 'sqliteStore',
    over: 'sqlite-raw',
    open: async (folder) => partitioned((await import('@everthread/core/sqlite')).sqliteStore(join(folder, 'ours.db'))),
  },
  'redis-raw': { name: 'Redis, SET and GET', open: async (_folder, label) => rawRedis(label) },
  redis: {
    name: 'redisStore',
    over: 'redis-raw',
    open: async (_folder, label) => {
      const { redisStore } = await import('@everthread/core/redis')
      return partitioned(redisStore(serverUrl('redis'), { prefix: label }))
    },
  },
  'postgres-raw': { name: 'Postgres, one row', open: async (_folder, label) => rawPostgres(label) },
  postgres: {
    name: 'postgresStore',
    over: 'postgres-raw',
    open: async (_folder, label) => {
      const { postgresStore } = await import('@everthread/core/postgres')
      return partitioned(postgresStore(serverUrl('postgres'), { schema: label }))
    },
  },
}

/** Each name is a partition of its own, with a session's row in it. */
function partitioned(store: ReturnType<typeof memoryStore>): KeyValue {
  let commits = 0
  return {
    set: async (name, value) => {
      const commit = { id: `bench-${++commits}`, ops: [{ put: 'value', value }] }
      const outcome = await store.commit({ tenant: 'bench', id: name }, commit)
      if (!outcome.ok) throw new Error(`The commit to ${name} failed.`)
    },
    get: (name) => store.read({ tenant: 'bench', id: name }, [{ get: ['value'] }]),
    close: () => store.close(),
  }
}

function rawSqlite(path: string): KeyValue {
  const db = new DatabaseSync(path)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  db.exec('CREATE TABLE value (name TEXT PRIMARY KEY, value BLOB)')
  const put = db.prepare('INSERT INTO value VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value')
  const get = db.prepare('SELECT value FROM value WHERE name = ?')
  return {
    set: async (name, value) => put.run(name, value),
    get: async (name) => get.get(name),
    close: async () => db.close(),
  }
}

function rawRedis(label: string): KeyValue {
  const client = new Redis(serverUrl('redis'))
  return {
    set: (name, value) => client.set(`${label}:${name}`, Buffer.from(value)),
    get: (name) => client.getBuffer(`${label}:${name}`),
    close: () => client.quit(),
  }
}

async function rawPostgres(label: string): Promise<KeyValue> {
  const pool = new Pool({ connectionString: serverUrl('postgres') })
  await pool.query(`CREATE SCHEMA ${label}; CREATE TABLE ${label}.value (name text PRIMARY KEY, value bytea)`)
  const put = `INSERT INTO ${label}.value VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
  const get = `SELECT value FROM ${label}.value WHERE name = $1`
  return {
    set: (name, value) => pool.query({ name: 'put', text: put, values: [name, value] }),
    get: (name) => pool.query({ name: 'get', text: get, values: [name] }),
    close: () => pool.end(),
  }
}
