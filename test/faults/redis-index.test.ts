import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Commit, Partition, Store } from '@everthread/core'
import { type RedisStoreOptions, redisStore } from '@everthread/core/redis'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ScriptName, scripts } from '../../packages/core/src/stores/redis/scripts.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { type Fate, type FaultyProxy, type Hold, startProxy } from './proxy.ts'

let server: RedisServer
let proxy: FaultyProxy
let admin: Redis
const opened: Store[] = []

beforeAll(async () => {
  server = await startRedis()
  proxy = await startProxy(server)
  admin = new Redis(server.url)
})
afterEach(() => {
  proxy.onRequest = () => 'pass'
})
afterAll(async () => {
  await Promise.all(opened.map((store) => store.close()))
  await admin.quit()
  await proxy.stop()
  await server.stop()
})

function open(url = server.url, options: RedisStoreOptions = {}): Store {
  const store = redisStore(url, { backoffMs: 5, retries: 2, ...options })
  opened.push(store)
  return store
}

/** A store whose process dies when it is about to run the script: nothing of that script arrives, now or later. */
async function dyingAt(name: ScriptName, partition: Partition): Promise<Store> {
  const store = open(proxy.url)
  await store.read(partition, [])
  proxy.onRequest = strike(name, 'cut')
  return store
}

function strike(name: ScriptName, fate: Fate | Hold): (words: string[]) => Fate | Hold {
  return ([, script]) => (script === scripts[name].sha || script === scripts[name].text ? fate : 'pass')
}

/** Holds back each run of the script until it is released. */
function hold(name: ScriptName): () => void {
  const { promise, resolve } = Promise.withResolvers<void>()
  proxy.onRequest = strike(name, { until: promise })
  return () => {
    proxy.onRequest = () => 'pass'
    resolve()
  }
}

const partition = (tenant = `index-${randomUUID()}`): Partition => ({ tenant, id: 'session' })
const commit = (...sorts: string[]): Commit => ({
  id: randomUUID(),
  ops: [],
  index: sorts.map((sort) => ({ index: 'all', sort })),
})

async function sortsOf(store: Store, { tenant }: Partition): Promise<string[]> {
  return (await store.query(tenant, { index: 'all', limit: 100 })).rows.map(({ sort }) => sort)
}

async function linesOf({ tenant }: Partition): Promise<number> {
  const shards = Array.from({ length: 8 }, (_, at) => `everthread:i:{${tenant}:all${at === 0 ? '' : `:${at}`}}`)
  return (await Promise.all(shards.map((shard) => admin.zcard(shard)))).reduce((sum, lines) => sum + lines, 0)
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(10)
}

describe('an index shows what is there and nothing else', () => {
  it('when the process dies between adding the entries and the commit', async () => {
    const place = partition()
    const dying = await dyingAt('commit-1', place)
    await expect(dying.commit(place, commit('1'))).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
    expect(await linesOf(place)).toBe(1)
    expect(await sortsOf(open(), place)).toEqual([])
  })

  it('when the process dies between the commit and the removal of the old entries', async () => {
    const place = partition()
    const dying = await dyingAt('unstage-1', place)
    await dying.commit(place, commit('1'))
    await dying.commit(place, commit('2'))
    expect(await sortsOf(open(), place)).toEqual(['2'])
  })

  it('when the process dies between dropping and the removal of the entries', async () => {
    const place = partition()
    await open().commit(place, commit('1'))
    const dying = await dyingAt('unstage-1', place)
    await expect(dying.drop(place)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
    expect(await sortsOf(open(), place)).toEqual([])
  })

  it('when a drop whose process died is made again, which removes what the first had left', async () => {
    const place = partition()
    await open().commit(place, commit('1'))
    const dying = await dyingAt('unstage-1', place)
    await expect(dying.drop(place)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
    await open().drop(place)
    expect(await linesOf(place)).toBe(0)
  })

  it('when the removal after a drop comes late, to a partition made anew', async () => {
    const [store, place] = [open(), partition()]
    await store.commit(place, commit('1'))
    const slow = open(proxy.url)
    await slow.read(place, [])
    const release = hold('unstage-1')
    const dropping = slow.drop(place)
    await until(async () => (await store.read(place, [])).rev === 0)
    await store.commit(place, commit('1'))
    expect(await sortsOf(store, place)).toEqual(['1'])
    release()
    await dropping
    expect(await sortsOf(store, place)).toEqual(['1'])
  })

  it('when the removal after a commit comes late, to an entry that was added again', async () => {
    const [store, place] = [open(), partition()]
    await store.commit(place, commit('1'))
    const slow = open(proxy.url)
    const release = hold('unstage-1')
    await slow.commit(place, commit('2'))
    await store.commit(place, commit('1', '2'))
    release()
    await slow.close()
    expect(await sortsOf(store, place)).toEqual(['1', '2'])
    expect(await linesOf(place)).toBe(2)
  })

  it('when a commit that added its entries is overtaken by another that re-indexes', async () => {
    const [store, place] = [open(), partition()]
    await store.commit(place, commit('0'))
    const slow = open(proxy.url)
    await slow.read(place, [])
    const release = hold('commit-1')
    const late = slow.commit(place, commit('1'))
    await until(async () => (await linesOf(place)) === 2)
    await store.commit(place, commit('2'))
    release()
    await late
    expect(await sortsOf(store, place)).toEqual(['1'])
  })

  it('when a query cleans up while the entries of a commit wait for it', async () => {
    const [store, place] = [open(server.url, { graceMs: 100 }), partition()]
    const slow = open(proxy.url, { graceMs: 100 })
    await slow.read(place, [])
    const release = hold('commit-1')
    const late = slow.commit(place, commit('1'))
    await until(async () => (await linesOf(place)) === 1)
    // In the end the entry is void, and goes; the commit must notice.
    await until(async () => (await sortsOf(store, place)).length + (await linesOf(place)) === 0)
    release()
    await late
    expect(await sortsOf(store, place)).toEqual(['1'])
  })

  it('when a partition has expired', async () => {
    const [store, place] = [open(), partition()]
    await store.commit(place, { ...commit('1'), expiry: { expiresInMs: 20, removeInMs: 20 } })
    await until(async () => (await sortsOf(store, place)).length === 0)
    expect((await store.read(place, [])).rev).toBe(0)
  })
})

describe('what nobody has any more goes', () => {
  it('from the index, when queries meet it', async () => {
    const [store, place] = [open(server.url, { graceMs: 20 }), partition()]
    await store.commit(place, { ...commit('1'), expiry: { expiresInMs: 10, removeInMs: 10 } })
    await sleep(30)
    expect(await sortsOf(store, place)).toEqual([])
    await until(async () => (await linesOf(place)) === 0)
  })

  it('from an index that nobody queries, while others are added to it', async () => {
    const [store, { tenant }] = [open(server.url, { graceMs: 20 }), partition()]
    const expiring = { expiresInMs: 10, removeInMs: 10 }
    const add = (id: string, more: Partial<Commit> = {}) => store.commit({ tenant, id }, { ...commit(id), ...more })
    for (let at = 0; at < 100; at++) await add(`gone-${at}`, { expiry: expiring })
    await sleep(30)
    for (let at = 0; at < 400; at++) await add(`here-${at}`)
    await store.close()
    expect(await linesOf({ tenant, id: '' })).toBeLessThan(450)
    expect((await open().query(tenant, { index: 'all', limit: 1_000 })).rows).toHaveLength(400)
  })

  it('from the database, when everything was deleted: not a key is left once the stamps have expired', async () => {
    await admin.flushall()
    const [store, { tenant }] = [open(server.url, { graceMs: 50 }), partition()]
    const places = Array.from({ length: 20 }, (_, at) => ({ tenant, id: `session ${at}` }))
    for (const place of places) {
      await store.commit(place, {
        ...commit('1', '2'),
        ops: [{ put: 'a', value: new Uint8Array(10), ttlMs: 60_000 }],
      })
      await store.commit(place, commit('3'))
    }
    for (const place of places) await store.drop(place)
    const left = await admin.dbsize()
    expect(left).toBeLessThanOrEqual(places.length)
    await until(async () => (await admin.dbsize()) === 0)
  })

  it('from the partition, when its rows are past their time', async () => {
    const [store, place] = [open(), partition()]
    const dying = Array.from({ length: 50 }, (_, at) => ({ put: `q/${at}`, value: new Uint8Array(10), ttlMs: 5 }))
    await store.commit(place, { id: 'tickets', ops: dying })
    await sleep(20)
    for (let at = 0; at < 3; at++)
      await store.commit(place, { id: `${at}`, ops: [{ put: 'a', value: new Uint8Array(1) }] })
    // Head, and one row.
    expect(await admin.zcard(`everthread:p:{${place.tenant}:session}`)).toBe(2)
  })
})
