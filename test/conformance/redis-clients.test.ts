import { randomUUID } from 'node:crypto'
import type { Partition, Store } from '@everthread/core'
import { redisStore } from '@everthread/core/redis'
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis'
import { describe, expect, it } from 'vitest'

const url = process.env.EVERTHREAD_TEST_REDIS ?? ''
const nodes = (process.env.EVERTHREAD_TEST_REDIS_CLUSTER ?? '').split(',')
const value = new Uint8Array([1, 2, 3])

/** A session's life, by every method of a store. */
async function live(store: Store): Promise<void> {
  const partition: Partition = { tenant: `client-${randomUUID()}`, id: 'session {1}' }
  const commit = { id: '1', ops: [{ put: 'a', value }], index: [{ index: 'all', sort: '1' }] }
  expect(await store.commit(partition, commit)).toMatchObject({ ok: true })
  expect((await store.read(partition, [{ get: ['a'] }])).rows[0]?.[0]?.value).toEqual(value)
  expect((await store.query(partition.tenant, { index: 'all', limit: 1 })).rows).toEqual([{ partition, sort: '1' }])
  const ending = new AbortController()
  for await (const changed of store.watch([partition], ending.signal)) {
    expect(changed).toEqual(partition)
    ending.abort()
  }
  await store.drop(partition)
  expect((await store.query(partition.tenant, { index: 'all', limit: 1 })).rows).toEqual([])
  await store.close()
}

describe('every kind of client works', () => {
  const clients: Record<string, RedisOptions> = {
    'as it comes': {},
    'with a keyPrefix': { keyPrefix: 'mine:' },
    'with a keyPrefix in braces': { keyPrefix: '{mine}:' },
    'with maxRetriesPerRequest: null': { maxRetriesPerRequest: null },
    'without an offline queue': { enableOfflineQueue: false },
    'that connects lazily': { lazyConnect: true },
    'on another database': { db: 3 },
    'with automatic pipelining': { enableAutoPipelining: true },
    'that speaks RESP2': { protocol: 2 },
    'that reads numbers as strings': { stringNumbers: true },
    'that maps RESP3 replies': { replyMapping: 'resp3' },
    'without a ready check': { enableReadyCheck: false },
    'that does not resend': { autoResendUnfulfilledCommands: false },
  }
  it.each(Object.entries(clients))('a client %s', async (_, options) => {
    const { replyMapping, ...rest } = options
    const client = replyMapping ? new Redis(url, { ...rest, replyMapping }) : new Redis(url, rest)
    await live(redisStore(client as Redis))
    client.disconnect()
  })

  const clusters: Record<string, ClusterOptions> = {
    'as it comes': {},
    'that reads from replicas': { scaleReads: 'slave' },
    'with a keyPrefix': { keyPrefix: 'mine:' },
    'with maxRetriesPerRequest: null': { redisOptions: { maxRetriesPerRequest: null } },
    'with automatic pipelining': { enableAutoPipelining: true },
    'that connects lazily': { lazyConnect: true },
  }
  it.each(Object.entries(clusters))('a cluster client %s', async (_, { redisOptions, ...options }) => {
    const client = new Cluster(nodes, options)
    if (redisOptions) client.options.redisOptions = redisOptions
    await live(redisStore(client))
    client.disconnect()
  })

  it('an address in parts', async () => {
    const { hostname, port } = new URL(url)
    await live(redisStore({ host: hostname, port: Number(port) }))
  })

  it('the addresses of a cluster', async () => {
    await live(redisStore({ nodes }))
  })

  it('a client that is given stays open when the store closes, and in whatever mode it is', async () => {
    const client = new Redis(url)
    await client.subscribe('elsewhere')
    await live(redisStore(client))
    expect(client.status).toBe('ready')
    expect(await client.unsubscribe('elsewhere')).toBe(0)
    client.disconnect()
  })

  it('two stores with different prefixes share a server without seeing each other', async () => {
    const [one, two] = [redisStore(url, { prefix: 'one' }), redisStore(url, { prefix: 'two' })]
    const partition = { tenant: `prefix-${randomUUID()}`, id: 'session' }
    await one.commit(partition, { id: '1', ops: [{ put: 'a', value }], index: [{ index: 'all', sort: '1' }] })
    expect((await two.read(partition, [{ get: ['a'] }])).rev).toBe(0)
    expect((await two.query(partition.tenant, { index: 'all', limit: 1 })).rows).toEqual([])
    await one.drop(partition)
    await Promise.all([one.close(), two.close()])
  })
})
