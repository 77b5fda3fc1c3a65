import { randomUUID } from 'node:crypto'
import type { Op, Partition, Store } from '@everthread/core'
import { redisStore } from '@everthread/core/redis'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { type FaultyProxy, startProxy } from './proxy.ts'

const put = (key: string, value = 'x'): Op => ({ put: key, value: new TextEncoder().encode(value) })

describe('round trips, counted on the wire', () => {
  let proxy: FaultyProxy
  let store: Store
  let partition: Partition

  // A server of its own, whose statistics tell of this file alone.
  let server: RedisServer

  beforeAll(async () => {
    server = await startRedis()
    proxy = await startProxy(server)
    store = redisStore(proxy.url)
  })
  beforeEach(async () => {
    partition = { tenant: `wire-${randomUUID()}`, id: 'session' }
    // The first use loads the scripts.
    const warm = { ...partition, id: 'warm' }
    await store.commit(warm, { id: '1', ops: [put('a')], index: [{ index: 'all', sort: '1' }] })
    await store.read(warm, [])
    await store.query(warm.tenant, { index: 'all', limit: 1 })
    await store.drop(warm)
    proxy.trips = 0
    proxy.requests.length = 0
  })
  afterAll(async () => {
    await store.close()
    await proxy.stop()
    await server.stop()
  })

  const commands = (): string[] => proxy.requests.map(([command = '']) => command)

  it('a read is one command', async () => {
    await store.read(partition, [
      { get: ['a', 'b'] },
      { prefix: 'c/', limit: 10 },
      { prefix: 'w/', below: 1, limit: 10 },
    ])
    expect(commands()).toEqual(['evalsha'])
  })

  it('a commit is one command, whatever it holds', async () => {
    await store.commit(partition, {
      id: '1',
      expect: [
        { key: 'a', rev: 0 },
        { prefix: 'b/', first: null },
      ],
      fence: { key: 'lease', rev: 0 },
      ops: [put('a'), put('lease'), { touch: 'lease', ttlMs: 5_000 }, { del: 'x' }, { delPrefix: 'y/' }],
      expiry: { expiresInMs: 60_000, removeInMs: 90_000 },
    })
    expect(commands()).toEqual(['evalsha'])
  })

  it('a commit that is refused brings what the next one needs', async () => {
    await store.commit(partition, { id: '1', ops: [put('a', 'theirs')] })
    proxy.requests.length = 0
    const refused = await store.commit(partition, { id: '2', expect: [{ key: 'a', rev: 0 }], ops: [] })
    const rev = refused.ok ? 0 : (refused.rows[0]?.rev ?? 0)
    expect(await store.commit(partition, { id: '3', expect: [{ key: 'a', rev }], ops: [put('a')] })).toMatchObject({
      ok: true,
    })
    expect(commands()).toEqual(['evalsha', 'evalsha'])
  })

  const index = [
    { index: 'all', sort: '1' },
    { index: 'user/ann', sort: '1' },
  ]

  it('a new partition takes one trip more, for all of its indexes at once', async () => {
    const fresh = redisStore(proxy.url)
    await fresh.read(partition, [])
    proxy.trips = 0
    proxy.requests.length = 0
    await fresh.commit(partition, { id: '1', ops: [put('a')], index })
    expect(proxy.trips).toBe(2)
    expect(commands()).toHaveLength(index.length + 1)
    await fresh.close()
  })

  it('a commit that keeps the index entries is one command', async () => {
    const fresh = redisStore(proxy.url)
    await fresh.commit(partition, { id: '1', ops: [put('a')], index })
    proxy.requests.length = 0
    await fresh.commit(partition, { id: '2', ops: [put('b')], index })
    expect(commands()).toEqual(['evalsha'])
    await fresh.close()
  })

  it('a handle that has read the partition knows its index entries', async () => {
    await store.commit(partition, { id: '1', ops: [put('a')], index })
    const other = redisStore(proxy.url)
    await other.read(partition, [{ get: ['a'] }])
    proxy.requests.length = 0
    await other.commit(partition, { id: '2', ops: [put('b')], index })
    expect(commands()).toEqual(['evalsha'])
    await other.close()
  })

  it('a query is two trips: the index, and all partitions that it names', async () => {
    const fresh = redisStore(proxy.url)
    for (const id of ['a', 'b', 'c']) {
      await fresh.commit({ ...partition, id }, { id: '1', ops: [], index: [{ index: 'user/ann', sort: id }] })
    }
    await fresh.close()
    proxy.trips = 0
    proxy.requests.length = 0
    const { rows } = await store.query(partition.tenant, { index: 'user/ann', limit: 10 })
    expect(rows).toHaveLength(3)
    expect(commands()).toHaveLength(4)
    expect(proxy.trips).toBe(2)
  })

  it('scripts are loaded again after they were flushed', async () => {
    const client = new Redis(server.url)
    await client.script('FLUSH')
    await store.commit(partition, { id: '1', ops: [put('a')] })
    await store.commit(partition, { id: '2', ops: [put('b')] })
    expect(commands()).toEqual(['evalsha', 'eval', 'evalsha'])
    await client.quit()
  })

  it('scripts that were flushed are loaded again in the midst of many commits', async () => {
    const client = new Redis(server.url)
    await client.script('FLUSH')
    const commits = Array.from({ length: 20 }, (_, at) => ({ id: `${at}`, ops: [put(`k/${at}`)] }))
    const outcomes = await Promise.all(commits.map((commit) => store.commit(partition, commit)))
    expect(outcomes.every((outcome) => outcome.ok)).toBe(true)
    const { rows } = await store.read(partition, [{ prefix: 'k/', limit: 100 }])
    expect(rows[0]).toHaveLength(20)
    await client.quit()
  })

  it('nothing that scans the database is ever used', async () => {
    const client = new Redis(server.url)
    expect(await client.info('commandstats')).not.toMatch(/cmdstat_(keys|scan|hscan|zscan|sscan):/)
    await client.quit()
  })
})
