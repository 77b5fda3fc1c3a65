import { randomUUID } from 'node:crypto'
import type { Commit, Partition, Store } from '@everthread/core'
import { type RedisStoreOptions, redisStore } from '@everthread/core/redis'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../servers/ports.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'

const impatient: RedisStoreOptions = { retries: 1, backoffMs: 5, timeoutMs: 2_000 }
const partition = (): Partition => ({ tenant: `refusal-${randomUUID()}`, id: 'session' })
const commit = (bytes = 1): Commit => ({ id: randomUUID(), ops: [{ put: 'a', value: new Uint8Array(bytes) }] })

describe('what Redis refuses is one clear error', () => {
  let server: RedisServer
  let admin: Redis
  const opened: Store[] = []

  beforeAll(async () => {
    server = await startRedis()
    admin = new Redis(server.url)
  })
  afterAll(async () => {
    await Promise.all(opened.map((store) => store.close()))
    await admin.quit()
    await server.stop()
  })

  function open(target: Parameters<typeof redisStore>[0] = server.url, options: RedisStoreOptions = {}): Store {
    const store = redisStore(target, { ...impatient, ...options })
    opened.push(store)
    return store
  }

  async function withUser(rules: string[]): Promise<Store> {
    const name = `user-${randomUUID()}`
    await admin.call('ACL', ['SETUSER', name, 'on', '>secret', ...rules])
    return open(`redis://${name}:secret@127.0.0.1:${server.port}`)
  }

  it('a wrong address: STORE_UNREACHABLE', async () => {
    const store = open(`redis://127.0.0.1:${await freePort()}`)
    await expect(store.read(partition(), [])).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
    await expect(store.commit(partition(), commit())).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      committed: 'no',
    })
  })

  it('a wrong name of a host: STORE_UNREACHABLE', async () => {
    const store = open('redis://nowhere.invalid:6379')
    await expect(store.read(partition(), [])).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
  })

  it('a wrong address of a cluster: STORE_UNREACHABLE', async () => {
    const store = open({ nodes: [{ host: '127.0.0.1', port: await freePort() }] })
    await expect(store.read(partition(), [])).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
  })

  it('a wrong password: STORE_AUTH', async () => {
    await admin.call('ACL', ['SETUSER', 'ann', 'on', '>right', '~*', '+@all'])
    const store = open(`redis://ann:wrong@127.0.0.1:${server.port}`)
    await expect(store.commit(partition(), commit())).rejects.toMatchObject({ code: 'STORE_AUTH', committed: 'no' })
  })

  it('a missing password: STORE_AUTH', async () => {
    const locked = await startRedis({ args: ['--requirepass', 'secret'] })
    await expect(open(locked.url).read(partition(), [])).rejects.toMatchObject({ code: 'STORE_AUTH' })
    await locked.stop()
  })

  it('no permission for scripts: STORE_NO_PERMISSION', async () => {
    const store = await withUser(['~*', '&*', '+@all', '-@scripting'])
    await expect(store.commit(partition(), commit())).rejects.toMatchObject({
      code: 'STORE_NO_PERMISSION',
      committed: 'no',
    })
  })

  it('no permission for a command that only some commits need: STORE_NO_PERMISSION from the start', async () => {
    const store = await withUser(['~*', '&*', '+@all', '-pexpireat'])
    await expect(store.commit(partition(), commit())).rejects.toMatchObject({
      code: 'STORE_NO_PERMISSION',
      committed: 'no',
    })
  })

  it('no permission for the keys of the prefix: STORE_NO_PERMISSION', async () => {
    const store = await withUser(['~others:*', '&*', '+@all'])
    await expect(store.read(partition(), [])).rejects.toMatchObject({ code: 'STORE_NO_PERMISSION' })
  })

  it('no permission for INFO: works without what it would have said', async () => {
    const store = await withUser(['~*', '&*', '+@all', '-info', '-config'])
    expect(await store.commit(partition(), commit())).toMatchObject({ ok: true })
  })

  it('no permission for channels: commits work, and watching says why it does not', async () => {
    const store = await withUser(['~*', 'resetchannels', '+@all'])
    const place = partition()
    expect(await store.commit(place, commit())).toMatchObject({ ok: true })
    const watching = store.watch([place], new AbortController().signal)[Symbol.asyncIterator]()
    await expect(watching.next()).rejects.toMatchObject({ code: 'STORE_NO_PERMISSION' })
  })

  it('a key of ours that holds another type: STORE_WRONG_TYPE', async () => {
    const [store, place] = [open(), partition()]
    await admin.set(`everthread:p:{${place.tenant}:session}`, 'theirs')
    await expect(store.read(place, [])).rejects.toMatchObject({ code: 'STORE_WRONG_TYPE' })
    await expect(store.commit(place, commit())).rejects.toMatchObject({ code: 'STORE_WRONG_TYPE', committed: 'no' })
    expect(await admin.get(`everthread:p:{${place.tenant}:session}`)).toBe('theirs')
  })

  it('a key of ours that holds another sorted set: STORE_WRONG_TYPE', async () => {
    const [store, place] = [open(), partition()]
    await admin.zadd(`everthread:p:{${place.tenant}:session}`, 1, 'theirs')
    await expect(store.commit(place, commit())).rejects.toMatchObject({ code: 'STORE_WRONG_TYPE', committed: 'no' })
  })

  it('a partition of a newer format: FORMAT_NEWER', async () => {
    const [store, place] = [open(), partition()]
    await admin.zadd(`everthread:p:{${place.tenant}:session}`, 0, Buffer.from([0, 9, 0, 0, 0]))
    await expect(store.commit(place, commit())).rejects.toMatchObject({ code: 'FORMAT_NEWER', committed: 'no' })
  })

  it('a read-only replica: STORE_READ_ONLY', async () => {
    const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(server.port)] })
    await expect(open(replica.url).commit(partition(), commit())).rejects.toMatchObject({ code: 'STORE_READ_ONLY' })
    await replica.stop()
  })

  it('a master that becomes a replica for a moment: waits until it is one again', async () => {
    const changing = await startRedis()
    const its = new Redis(changing.url)
    const [store, place] = [redisStore(changing.url), partition()]
    await store.read(place, [])
    await its.replicaof('127.0.0.1', server.port)
    const committing = store.commit(place, commit())
    await its.replicaof('NO', 'ONE')
    expect(await committing).toMatchObject({ ok: true })
    await store.close()
    its.disconnect()
    await changing.stop()
  })

  it('fewer replicas than are waited for: STORE_NOT_REPLICATED, and the commit is there', async () => {
    const [store, place] = [open(server.url, { wait: { replicas: 1, timeoutMs: 20 } }), partition()]
    await expect(store.commit(place, commit())).rejects.toMatchObject({
      code: 'STORE_NOT_REPLICATED',
      committed: 'yes',
    })
    expect((await store.read(place, [{ get: ['a'] }])).rows[0]).toHaveLength(1)
  })

  it('as many replicas as are waited for: fine', async () => {
    const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(server.port)] })
    const [store, place] = [open(server.url, { wait: { replicas: 1, timeoutMs: 10_000 } }), partition()]
    expect(await store.commit(place, commit())).toMatchObject({ ok: true })
    await replica.stop()
  })

  it('a node of a cluster, without a cluster client: STORE_CLUSTER', async () => {
    const [node = ''] = (process.env.EVERTHREAD_TEST_REDIS_CLUSTER ?? '').split(',')
    await expect(open(node).read(partition(), [])).rejects.toMatchObject({ code: 'STORE_CLUSTER' })
  })

  it('a policy that evicts: a warning, once', async () => {
    const cache = await startRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] })
    const warnings: string[] = []
    const store = open(cache.url, { onWarning: ({ code }) => warnings.push(code) })
    await store.read(partition(), [])
    await store.read(partition(), [])
    expect(warnings).toEqual(['STORE_EVICTS'])
    await cache.stop()
  })
})

describe('a full server', () => {
  let server: RedisServer
  let admin: Redis
  let store: Store

  beforeAll(async () => {
    server = await startRedis()
    admin = new Redis(server.url)
    store = redisStore(server.url, impatient)
  })
  afterAll(async () => {
    await store.close()
    await admin.quit()
    await server.stop()
  })

  it('refuses a commit whole with STORE_FULL, still reads and still deletes', async () => {
    const place = partition()
    await store.commit(place, commit(100_000))
    const { rev } = await store.read(place, [])
    await admin.config('SET', 'maxmemory', '1mb')
    for (const expiry of [{ expiresInMs: 1_000, removeInMs: 1_000 }, null]) {
      const refused = store.commit(place, { ...commit(200_000), expiry })
      await expect(refused).rejects.toMatchObject({ code: 'STORE_FULL', committed: 'no' })
    }
    const { rev: after, rows, expiresAt } = await store.read(place, [{ get: ['a'] }])
    expect([after, rows[0]?.[0]?.value.length, expiresAt]).toEqual([rev, 100_000, undefined])
    expect(await store.commit(place, { id: 'less', ops: [{ del: 'a' }] })).toMatchObject({ ok: true })
    await store.drop(place)
    await admin.config('SET', 'maxmemory', '0')
    expect(await store.commit(place, commit())).toMatchObject({ ok: true })
  })
})
