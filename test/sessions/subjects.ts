import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock, Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { postgresStore } from '@everthread/core/postgres'
import { redisStore } from '@everthread/core/redis'
import { sqliteStore } from '@everthread/core/sqlite'
import { Client } from 'pg'

/** A kind of store that sessions are shown to work on. */
export interface Subject {
  name: string
  open(clock: Clock): Promise<{ store: Store; close(): Promise<void> }>
}

const postgresUrl = process.env.EVERTHREAD_TEST_POSTGRES ?? ''
const redisUrl = process.env.EVERTHREAD_TEST_REDIS ?? ''
const clusterUrls = (process.env.EVERTHREAD_TEST_REDIS_CLUSTER ?? '').split(',')

const closing = (store: Store) => ({ store, close: () => store.close() })

export const subjects: Subject[] = [
  { name: 'memory', open: async (clock) => closing(memoryStore({ clock })) },
  {
    name: 'SQLite',
    open: async (clock) => {
      const folder = mkdtempSync(join(tmpdir(), 'everthread-sessions-'))
      const store = sqliteStore({ path: join(folder, 'sessions.db'), clock })
      const close = async (): Promise<void> => {
        await store.close()
        rmSync(folder, { recursive: true, force: true })
      }
      return { store, close }
    },
  },
  { name: 'Redis', open: async (clock) => closing(redisStore(redisUrl, { clock })) },
  { name: 'Redis Cluster', open: async (clock) => closing(redisStore({ nodes: clusterUrls }, { clock })) },
  {
    name: 'Postgres',
    open: async (clock) => {
      const schema = `sessions_${randomUUID().slice(0, 8)}`
      const store = postgresStore(postgresUrl, { schema, connections: 4, watchIntervalMs: 20, clock })
      const close = async (): Promise<void> => {
        await store.close()
        const client = new Client(postgresUrl)
        await client.connect()
        await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`)
        await client.end()
      }
      return { store, close }
    },
  },
]
