import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Commit, Outcome, Partition, Read, Snapshot, Store } from '@everthread/core'
import { postgresStore } from '@everthread/core/postgres'
import { redisStore } from '@everthread/core/redis'
import { sqliteStore } from '@everthread/core/sqlite'
import { session } from '@everthread/express-middleware'
import { RedisStore } from 'connect-redis'
import expressSession from 'express-session'
import { createClient } from 'redis'
import type { Middleware } from './server.ts'

/** A middleware on a database, and what a test may do to the two. */
export interface Opened {
  middleware(options?: object): Middleware
  /** Awaited before each write. */
  beforeWrite: () => Promise<void> | void
  /** Writes to the database, and reads. */
  readonly counts: { writes: number; reads: number }
  /** Nothing can be stored from now on. */
  breakStore(): Promise<void>
  close(): Promise<void>
}

export interface Subject {
  name: string
  open(): Promise<Opened>
}

const SECRET = 'a secret that nobody knows'
const base = { secret: SECRET, resave: false, saveUninitialized: false }

function ours(name: string, openStore: (label: string) => Store): Subject {
  return {
    name,
    async open() {
      const label = `express_${randomUUID().slice(0, 8)}`
      const stores: Store[] = []
      const opened: Opened = {
        beforeWrite: () => undefined,
        counts: { writes: 0, reads: 0 },
        // Each middleware has a handle of its own, as each process would.
        middleware(options = {}) {
          const store = openStore(label)
          stores.push(store)
          return session({ ...base, store: watched(store, opened), ...options }) as Middleware
        },
        breakStore: async () => void (await Promise.all(stores.map((store) => store.close()))),
        close: () => opened.breakStore(),
      }
      return opened
    },
  }
}

function watched(store: Store, opened: Opened): Store {
  return {
    codec: store.codec,
    read(partition: Partition, reads: Read[]): Promise<Snapshot> {
      opened.counts.reads++
      return store.read(partition, reads)
    },
    async commit(partition: Partition, commit: Commit): Promise<Outcome> {
      opened.counts.writes++
      await opened.beforeWrite()
      return store.commit(partition, commit)
    },
    drop: (partition) => store.drop(partition),
    query: (tenant, query) => store.query(tenant, query),
    watch: (partitions, signal) => store.watch(partitions, signal),
    close: () => store.close(),
  }
}

const files: string[] = []
process.once('exit', () => {
  for (const file of files) for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
})

export const everthread: Subject[] = [
  ours('SQLite', (label) => {
    const file = join(tmpdir(), `everthread-${label}.db`)
    files.push(file)
    return sqliteStore(file)
  }),
  ours('Redis', (label) => redisStore(process.env.EVERTHREAD_TEST_REDIS ?? '', { prefix: label })),
  ours('Postgres', (label) => postgresStore(process.env.EVERTHREAD_TEST_POSTGRES ?? '', { schema: label })),
]

/** What the faults are known from. */
export const peer: Subject = {
  name: 'express-session with connect-redis',
  async open() {
    const client = createClient({ url: process.env.EVERTHREAD_TEST_REDIS ?? '' })
    await client.connect()
    const store = new RedisStore({ client, prefix: `${randomUUID()}:` })
    const opened: Opened = {
      beforeWrite: () => undefined,
      counts: { writes: 0, reads: 0 },
      middleware: (options = {}) => expressSession({ ...base, store, ...options }) as Middleware,
      breakStore: async () => client.destroy(),
      close: async () => {
        if (client.isOpen) client.destroy()
      },
    }
    const { get, set, touch } = store
    Object.assign(store, {
      get(...args: never[]) {
        opened.counts.reads++
        return Reflect.apply(get, store, args)
      },
      async set(...args: never[]) {
        opened.counts.writes++
        await opened.beforeWrite()
        return Reflect.apply(set, store, args)
      },
      touch(...args: never[]) {
        opened.counts.writes++
        return Reflect.apply(touch, store, args)
      },
    })
    return opened
  },
}
