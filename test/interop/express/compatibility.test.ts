import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { postgresStore } from '@everthread/core/postgres'
import { redisStore } from '@everthread/core/redis'
import { sqliteStore } from '@everthread/core/sqlite'
import { ExpressSessionStore, session } from '@everthread/express-middleware'
import expressSession from 'express-session'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { answerCases } from './compatibility/answer-cases.ts'
import { cookieCases } from './compatibility/cookie-cases.ts'
import { expected, kitOf, type Subject } from './compatibility/kit.ts'
import { methodCases } from './compatibility/method-cases.ts'
import { optionCases } from './compatibility/option-cases.ts'
import { type AnyStore, closeServers, type Middleware } from './server.ts'

const file = join(tmpdir(), `everthread-express-${randomUUID()}.db`)
/** One handle for each database, and a tenant for each case. */
const opened: Record<string, Store> = {}
const open = (name: string, make: () => Store) => () => {
  opened[name] ??= make()
  return opened[name]
}
const stores: Record<string, () => Store> = {
  memory: open('memory', memoryStore),
  SQLite: open('SQLite', () => sqliteStore(file)),
  Redis: open('Redis', () => redisStore(process.env.EVERTHREAD_TEST_REDIS ?? '', { prefix: randomUUID() })),
  Postgres: open('Postgres', () =>
    postgresStore(process.env.EVERTHREAD_TEST_POSTGRES ?? '', { schema: `express_${randomUUID().slice(0, 8)}` }),
  ),
}

const ours = (options?: object) => session(options) as Middleware
const theirs = (options?: object) => expressSession(options) as Middleware
const itself = (store: object) => store as AnyStore

const subjects: Subject[] = [
  {
    name: 'express-session with its MemoryStore',
    middleware: 'express-session',
    store: 'express-session',
    session: theirs,
    newStore: () => new expressSession.MemoryStore(),
    asStore: itself,
  },
  {
    name: 'ours with our MemoryStore',
    middleware: 'ours',
    store: 'express-session',
    session: ours,
    newStore: () => new session.MemoryStore(),
    asStore: itself,
  },
  {
    name: 'ours with its MemoryStore',
    middleware: 'ours',
    store: 'express-session',
    session: ours,
    newStore: () => new expressSession.MemoryStore(),
    asStore: itself,
  },
  ...Object.entries(stores).map(
    ([name, openStore]): Subject => ({
      name: `ours on ${name}`,
      middleware: 'ours',
      store: 'ours',
      session: ours,
      newStore: () => new ExpressSessionStore({ store: openStore(), tenant: randomUUID() }),
      asStore: itself,
    }),
  ),
  ...['memory', 'Redis'].map(
    (name): Subject => ({
      name: `express-session with ExpressSessionStore on ${name}`,
      middleware: 'express-session',
      store: 'ours',
      session: theirs,
      newStore: () => new ExpressSessionStore({ store: stores[name]?.() as Store, tenant: randomUUID() }),
      asStore: itself,
    }),
  ),
]

const cases = [...cookieCases, ...optionCases, ...methodCases, ...answerCases]

describe.each(subjects)('$name', (subject) => {
  afterEach(closeServers)

  it.each(cases)('$name', async (each) => {
    expect(await each.run(kitOf(subject))).toEqual(expected(each, subject))
  })
})

afterAll(async () => {
  for (const store of Object.values(opened)) await store.close()
  rmSync(file, { force: true })
})

it('the cases are many, and their names tell them apart', () => {
  expect(cases.length).toBeGreaterThanOrEqual(150)
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
})
