import { memoryStore } from '@everthread/core/memory'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { ExpressSessionStore, Session, type SessionRequest, Store } from '../src/index.ts'
import { dataIn, load, storeWith, told } from './stored.ts'

describe('ExpressSessionStore', () => {
  it('asks for a store', () => {
    expect(() => new ExpressSessionStore({} as never)).toThrow(expect.objectContaining({ code: 'STORE_MISSING' }))
    expect(() => new ExpressSessionStore(undefined as never)).toThrow(
      expect.objectContaining({ code: 'STORE_MISSING' }),
    )
  })

  it('keeps the keys of all who have loaded the session, whatever they change', async () => {
    const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown) // JSON has no -0.
    const change = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), json, { maxKeys: 3 })
    await fc.assert(
      fc.asyncProperty(change, fc.array(change, { maxLength: 4 }), async (first, changes) => {
        const store = await storeWith(first)
        const loaded = await Promise.all(changes.map(() => load(store)))
        const written = changes.map((each) => Object.entries(each).filter(([key, value]) => !isSame(first[key], value)))
        for (const [at, session] of loaded.entries()) {
          Object.assign(session, changes[at])
          await session.save()
        }
        const expected = Object.assign({ ...first }, ...written.map((each) => Object.fromEntries(each)))
        expect(await dataIn(store)).toEqual(JSON.parse(JSON.stringify(expected)))
      }),
    )
  })

  const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

  it('keeps values that JSON has no words for', async () => {
    const values = {
      date: new Date(5),
      map: new Map([['a', new Set([1])]]),
      big: 10n,
      bytes: new Uint8Array([1, 2]),
      none: Number.NaN,
    }
    const store = await storeWith(values)
    expect(await dataIn(store)).toEqual(values)
  })

  it('reads sessions of thousands of keys', async () => {
    const many = Object.fromEntries(Array.from({ length: 2_500 }, (_, at) => [`key${at}`, at]))
    const store = await storeWith(many)
    expect(await dataIn(store)).toEqual(many)
  })

  it('tells what it has discarded, and leaves the session dead', async () => {
    const store = await storeWith({ a: 1 })
    const session = await load(store)
    const discarded = vi.fn()
    store.on('discarded', discarded)
    await told((done) => store.destroy('id', done))
    session.a = 2
    await told((done) => store.set('id', session, done))
    await told((done) => store.touch('id', session, done))
    expect(discarded).toHaveBeenCalledOnce()
    expect(await told((done) => store.get('id', done))).toBeNull()
  })

  it('passes what the database says to the callback', async () => {
    const store = memoryStore()
    const sessions = await storeWith({ a: 1 }, store)
    const session = await load(sessions)
    await store.close()
    const cookie = { originalMaxAge: null }
    for (const call of [
      (done: () => void) => sessions.get('id', done),
      (done: () => void) => sessions.set('new', { cookie }, done),
      (done: () => void) => sessions.destroy('id', done),
      (done: () => void) => sessions.length(done),
      (done: () => void) => sessions.all(done),
      (done: () => void) => sessions.clear(done),
      (done: () => void) => sessions.load('id', done),
    ]) {
      await expect(told(call as never)).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    }
    session.a = 2
    await expect(told((done) => sessions.set('id', session, done))).rejects.toMatchObject({ code: 'STORE_CLOSED' })
  })

  it('works without callbacks', async () => {
    const store = await storeWith({ a: 1 })
    store.set('id', await told((done) => store.get('id', done as never)))
    store.touch('id', await told((done) => store.get('id', done as never)))
    store.clear()
    await vi.waitFor(async () => expect(await told((done) => store.length(done))).toBe(0))
    store.destroy('id')
  })

  it('a touch moves the end of a session, and not oftener than asked', async () => {
    let now = 0
    const database = memoryStore({ clock: () => now })
    const commits = vi.spyOn(database, 'commit')
    const store = new ExpressSessionStore({ store: database, idle: 100_000, touchAfter: 10_000 })
    await told((done) => store.set('id', { cookie: { originalMaxAge: null, httpOnly: true, path: '/' } }, done))
    const touch = async () => {
      const session = await load(store)
      await told((done) => store.touch('id', session, done))
      return commits.mock.calls.length
    }
    now = 9_000
    expect(await touch()).toBe(1)
    now = 10_000
    expect(await touch()).toBe(2)
    now = 109_000
    expect(await told((done) => store.get('id', done))).not.toBeNull()
    now = 110_000
    expect(await told((done) => store.get('id', done))).toBeNull()
  })

  it('a touch keeps what has become of the cookie', async () => {
    const store = await storeWith({ a: 1 })
    const session = await load(store)
    session.cookie.maxAge = 60_000
    await told((done) => store.touch('id', session, done))
    expect((await load(store)).cookie.originalMaxAge).toBe(60_000)
  })

  it('what is too large together lands one by one, but for what is too large by itself', async () => {
    const store = await storeWith({ a: 1 }, memoryStore({ codec: { compression: false } }))
    const sessions = await Promise.all([load(store), load(store), load(store)])
    const large = 'x'.repeat(5_000_000)
    Object.assign(sessions[0] as object, { one: large })
    Object.assign(sessions[1] as object, { two: large })
    Object.assign(sessions[2] as object, { three: large + large })
    const results = await Promise.allSettled(sessions.map((session) => session.save()))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(Object.keys(await dataIn(store)).sort()).toEqual(['a', 'one', 'two'])
  })

  it('says what it cannot read', async () => {
    const database = memoryStore()
    const store = await storeWith({ a: 1 }, database)
    const { rows } = await database.query('default', { index: 'web', limit: 1 })
    const partition = rows[0]?.partition
    if (!partition) throw new Error('the index has no session')
    await database.commit(partition, { id: 'x', ops: [{ put: 'meta', value: new TextEncoder().encode('{}') }] })
    await expect(told((done) => store.get('id', done))).rejects.toMatchObject({ code: 'WEB_SESSION_CORRUPT' })
  })
})

describe('Store', () => {
  it('is called with and without new, and is what others build on', () => {
    const Call = Store as unknown as (this: object | undefined) => object
    function Older(this: object) {
      Reflect.apply(Call, this, [])
    }
    Object.setPrototypeOf(Older.prototype, Store.prototype)
    const older = Reflect.construct(Older, []) as Store
    const heard = vi.fn()
    older.on('disconnect', heard)
    older.emit('disconnect')
    expect(heard).toHaveBeenCalledOnce()
    expect(Reflect.apply(Call, undefined, [])).toBeInstanceOf(Store)
    expect(new (class extends Store {})()).toBeInstanceOf(Store)
  })

  it('a session of no store says so', () => {
    const session = new Session({ sessionID: 'x' } as SessionRequest)
    expect(() => session.save()).toThrow(expect.objectContaining({ code: 'SESSION_DETACHED' }))
  })

  it('a session that was loaded outside of a request can be reloaded and destroyed, but gets no other id', async () => {
    const store = await storeWith({ a: 1 })
    const session = await load(store)
    session.a = 2
    await session.reload()
    expect((session.req.session as Record<string, unknown> | undefined)?.a).toBe(1)
    await expect(session.chat()).rejects.toMatchObject({ code: 'STORE_UNSUPPORTED' })
    await expect(session.regenerate()).resolves.toBeUndefined()
  })
})
