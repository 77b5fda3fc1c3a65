import type { Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { ExpressSessionStore, type Session } from '../src/index.ts'

/** A session as a store loads it, with any data. */
export type Loaded = Session & Record<string, unknown>

const cookie = { originalMaxAge: null, expires: null, httpOnly: true, path: '/' }

/** What a callback is told. */
export function told<T>(call: (done: (error?: unknown, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value as T))))
}

export async function storeWith(data: object, store: Store = memoryStore()): Promise<ExpressSessionStore> {
  const sessions = new ExpressSessionStore({ store })
  await told((done) => sessions.set('id', { cookie, ...data }, done))
  return sessions
}

export function load(store: ExpressSessionStore): Promise<Loaded> {
  return told((done) => store.load('id', done as never))
}

export async function dataIn(store: ExpressSessionStore): Promise<Record<string, unknown>> {
  const { cookie: _, ...data } = await load(store)
  return data
}
