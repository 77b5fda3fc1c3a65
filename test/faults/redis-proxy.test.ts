import { randomUUID } from 'node:crypto'
import type { Store } from '@everthread/core'
import { redisStore } from '@everthread/core/redis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { scripts } from '../../packages/core/src/stores/redis/scripts.ts'
import { keepLedger, type LedgerReport } from './ledger.ts'
import { type Fate, type FaultyProxy, startProxy } from './proxy.ts'

const server = new URL(process.env.EVERTHREAD_TEST_REDIS ?? '')
/** All of it in the soak, a tenth in every run. */
const commits = process.env.EVERTHREAD_SOAK ? 500 : 50
const writers = 4
const clean = {
  acknowledged: writers * commits,
  lost: [],
  doubled: [],
  halfVisible: [],
} satisfies Partial<LedgerReport>

let proxy: FaultyProxy
let stores: Store[]

beforeAll(async () => {
  proxy = await startProxy({ host: server.hostname, port: Number(server.port) })
  stores = Array.from({ length: writers }, () => redisStore(proxy.url, { timeoutMs: 1_000, backoffMs: 10, retries: 8 }))
})
afterEach(() => {
  proxy.onReply = () => 'pass'
  proxy.onRequest = () => 'pass'
})
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()))
  await proxy.stop()
})

/** Strikes one script in so many. Not at random, so that a failure comes again. */
function every(nth: number, fate: Fate): (words: string[]) => Fate {
  let seen = 0
  return ([command = '']) => (command.startsWith('eval') && ++seen % nth === 0 ? fate : 'pass')
}

describe('four writers behind a bad network lose nothing and double nothing', () => {
  it('when replies are lost with their connection', async () => {
    proxy.onReply = every(23, 'cut')
    expect(await keepLedger(stores, { writers, commits })).toMatchObject(clean)
  })

  it('when requests are lost with their connection', async () => {
    proxy.onRequest = every(23, 'cut')
    expect(await keepLedger(stores, { writers, commits })).toMatchObject(clean)
  })

  it('when half of a reply arrives', async () => {
    proxy.onReply = every(19, 'halve')
    expect(await keepLedger(stores, { writers, commits })).toMatchObject(clean)
  })

  it('when half of a request arrives', async () => {
    proxy.onRequest = every(19, 'halve')
    expect(await keepLedger(stores, { writers, commits })).toMatchObject(clean)
  })

  it('when replies arrive twice', async () => {
    proxy.onReply = every(17, 'double')
    expect(await keepLedger(stores, { writers, commits })).toMatchObject(clean)
  })

  it('when replies are late', async () => {
    proxy.onReply = every(13, { delayMs: 40 })
    expect(await keepLedger(stores, { writers, commits })).toMatchObject(clean)
  })
})

describe('a commit whose reply is lost', () => {
  const partition = () => ({ tenant: `lost-${randomUUID()}`, id: 'session' })
  const op = { put: 'a', value: new Uint8Array([1]) }

  it('is answered by its retry as it would have been at first', async () => {
    let cut = 0
    proxy.onReply = ([command = '']) => (command.startsWith('eval') && cut++ === 0 ? 'cut' : 'pass')
    const [store] = stores as [Store]
    const place = partition()
    const outcome = await store.commit(place, { id: 'only', expect: [{ key: 'a', rev: 0 }], ops: [op] })
    const { rev } = await store.read(place, [])
    expect(outcome).toMatchObject({ ok: true, rev, repeated: true })
  })

  it('is answered by its retry, too, when it names what it knows', async () => {
    const [store] = stores as [Store]
    const place = partition()
    const revs: number[] = []
    for (const id of ['first', 'second', 'third']) {
      const outcome = await store.commit(place, { id, ops: [{ ...op, put: id }], known: revs.at(-1) ?? 0 })
      if (outcome.ok) revs.push(outcome.rev)
    }
    let cut = 0
    proxy.requests.length = 0
    proxy.onReply = ([command = '']) => (command.startsWith('eval') && cut++ === 0 ? 'cut' : 'pass')
    const known = revs.at(-1) as number
    const outcome = await store.commit(place, { id: 'only', expect: [{ key: 'a', rev: 0 }], ops: [op], known })
    const { rev, rows } = await store.read(place, [{ get: ['a'] }])
    expect(outcome).toMatchObject({ ok: true, rev, repeated: true })
    expect(rows[0]?.[0]?.rev).toBe(rev)
    const swaps = proxy.requests.filter(([, sha]) => sha === scripts['swap-n'].sha)
    expect([revs.length, swaps.length]).toEqual([3, 2])
  })

  it('says that its end is unknown when no retry gets through', async () => {
    const store = redisStore(proxy.url, { retries: 1, backoffMs: 5 })
    const place = partition()
    await store.read(place, [])
    proxy.onReply = () => 'cut'
    const commit = store.commit(place, { id: 'only', ops: [op] })
    await expect(commit).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', committed: 'unknown' })
    await store.close()
  })

  it('is not made again when too many others followed for the server to remember it', async () => {
    const [other] = stores as [Store]
    const place = partition()
    const lost = redisStore(proxy.url, { backoffMs: 4_000 })
    await lost.read(place, [])
    let cut = 0
    proxy.onReply = ([command = '']) => (command.startsWith('eval') && cut++ === 0 ? 'cut' : 'pass')
    const commit = lost.commit(place, { id: 'lost', ops: [{ ...op, put: 'lost' }] })
    const refused = expect(commit).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', committed: 'unknown' })
    while (cut === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    for (let at = 0; at < 100; at++) await other.commit(place, { id: `other-${at}`, ops: [op] })
    await refused
    await lost.close()
  })
})
