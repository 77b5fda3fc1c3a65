import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '@everthread/core'
import { redisStore } from '@everthread/core/redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { keepLedger } from './ledger.ts'

const commits = process.env.EVERTHREAD_SOAK ? 500 : 50
const writers = 4

describe('a server with an append-only file', () => {
  let server: RedisServer
  let stores: Store[]

  beforeAll(async () => {
    server = await startRedis({ appendOnly: true })
    stores = Array.from({ length: writers }, () => redisStore(server.url))
  })
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()))
    await server.stop()
  })

  it('is killed under four writers, again and again, and loses and doubles nothing', async () => {
    let writing = true
    const ledger = keepLedger(stores, { writers, commits }).finally(() => {
      writing = false
    })
    const killing = (async () => {
      for (let kill = 0; kill < 3 || writing; kill++) {
        await sleep(150)
        await server.kill()
        await server.restart()
      }
    })()
    const [report] = await Promise.all([ledger, killing])
    expect(report).toMatchObject({ acknowledged: writers * commits, lost: [], doubled: [], halfVisible: [] })
  })

  it('keeps a revision from coming again when a partition is dropped before and made anew after its death', async () => {
    const [store] = stores as [Store]
    const partition = { tenant: `again-${randomUUID()}`, id: 'session' }
    const first = await store.commit(partition, { id: '1', ops: [] })
    await store.drop(partition)
    await server.kill()
    await server.restart()
    const second = await store.commit(partition, { id: '2', ops: [] })
    expect(second.ok && first.ok && second.rev > first.rev).toBe(true)
  })

  it('that stands still is a timeout, whose commit is unknown and may be tried again by its id', async () => {
    const [patient] = stores as [Store]
    const store = redisStore(server.url, { timeoutMs: 100, retries: 1, backoffMs: 10 })
    const partition = { tenant: `still-${randomUUID()}`, id: 'session' }
    const commit = { id: 'only', expect: [{ key: 'a', rev: 0 }], ops: [{ put: 'a', value: new Uint8Array([1]) }] }
    await store.read(partition, [])
    server.pause()
    await expect(store.commit(partition, commit)).rejects.toMatchObject({ code: 'STORE_TIMEOUT', committed: 'unknown' })
    server.resume()
    expect(await patient.commit(partition, commit)).toMatchObject({ ok: true })
    expect((await patient.read(partition, [{ get: ['a'] }])).rows[0]).toHaveLength(1)
    await store.close()
  })

  it('that stands still while the store opens is a timeout', async () => {
    const store = redisStore(server.url, { timeoutMs: 100, retries: 0 })
    server.pause()
    await expect(store.read({ tenant: 'still', id: 'session' }, [])).rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
    server.resume()
    await store.close()
  })

  it('that stands still while the store closes leaves nobody waiting', async () => {
    const store = redisStore(server.url)
    const partition = { tenant: `still-${randomUUID()}`, id: 'session' }
    await store.read(partition, [])
    server.pause()
    const commit = store.commit(partition, { id: '1', ops: [] })
    const refused = expect(commit).rejects.toMatchObject({ code: 'STORE_CLOSED', committed: 'unknown' })
    await store.close()
    await refused
    server.resume()
  })

  it('is followed by watchers through its death: they are woken when it is back', async () => {
    const [writer, reader] = stores as [Store, Store]
    const partition = { tenant: `watched-${randomUUID()}`, id: 'session' }
    const ending = new AbortController()
    const woken = reader.watch([partition], ending.signal)[Symbol.asyncIterator]()
    await woken.next()
    await server.kill()
    await server.restart()
    // Written before or after the watcher is back: either way it hears of it.
    await writer.commit(partition, { id: '1', ops: [{ put: 'a', value: new Uint8Array(1) }] })
    while ((await reader.read(partition, [])).rev === 0) await woken.next()
    expect(await woken.next()).toEqual({ done: false, value: partition })
    ending.abort()
    expect(await woken.next()).toMatchObject({ done: true })
  })
})
