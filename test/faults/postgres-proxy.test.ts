import { randomUUID } from 'node:crypto'
import type { Store } from '@everthread/core'
import { postgresStore } from '@everthread/core/postgres'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { keepLedger, type LedgerReport } from './ledger.ts'
import { type PostgresProxy, startPostgresProxy } from './postgres-proxy.ts'
import { freshSchema } from './postgres-schema.ts'
import type { Fate } from './proxy.ts'

const server = process.env.EVERTHREAD_TEST_POSTGRES as string
const schema = freshSchema(server)
/** All of it in the soak, a tenth in every run. */
const commits = process.env.EVERTHREAD_SOAK ? 500 : 50
const writers = 4
const clean = {
  acknowledged: writers * commits,
  lost: [],
  doubled: [],
  halfVisible: [],
} satisfies Partial<LedgerReport>
const isOurs = (text: string): boolean => /_v3\(/.test(text)

let proxy: PostgresProxy
let stores: Store[]

beforeAll(async () => {
  proxy = await startPostgresProxy(server)
  const options = { schema, timeoutMs: 2_000, backoffMs: 10, connections: 2 }
  stores = Array.from({ length: writers }, () => postgresStore(proxy.url, options))
})
afterEach(() => {
  proxy.onReply = () => 'pass'
  proxy.onStatement = () => 'pass'
  struck = 0
})
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()))
  await proxy.stop()
})

let struck = 0

/** Strikes one call in so many. Not at random, so that a failure comes again. */
function every(nth: number, fate: Fate): (text: string) => Fate {
  let seen = 0
  return (text) => {
    if (!isOurs(text) || ++seen % nth !== 0) return 'pass'
    struck++
    return fate
  }
}

describe('four writers behind a bad network lose nothing and double nothing', () => {
  it('when replies are lost with their connection', async () => {
    proxy.onReply = every(23, 'cut')
    expect(await keepLedger(stores, { writers, commits })).toMatchObject(clean)
    expect(struck).toBeGreaterThan(4)
  })

  it('when statements are lost with their connection', async () => {
    proxy.onStatement = every(23, 'cut')
    expect(await keepLedger(stores, { writers, commits })).toMatchObject(clean)
    expect(struck).toBeGreaterThan(4)
  })

  it('when half of a reply arrives', async () => {
    proxy.onReply = every(19, 'halve')
    expect(await keepLedger(stores, { writers, commits })).toMatchObject(clean)
    expect(struck).toBeGreaterThan(4)
  })

  it('when half of a statement arrives', async () => {
    proxy.onStatement = every(19, 'halve')
    expect(await keepLedger(stores, { writers, commits })).toMatchObject(clean)
    expect(struck).toBeGreaterThan(4)
  })

  it('when replies arrive twice', async () => {
    proxy.onReply = every(17, 'double')
    expect(await keepLedger(stores, { writers, commits })).toMatchObject(clean)
    expect(struck).toBeGreaterThan(4)
  })

  it('when replies are late', async () => {
    proxy.onReply = every(13, { delayMs: 40 })
    expect(await keepLedger(stores, { writers, commits })).toMatchObject(clean)
    expect(struck).toBeGreaterThan(4)
  })
})

describe('a commit whose reply is lost', () => {
  const partition = () => ({ tenant: `lost-${randomUUID()}`, id: 'session' })
  const op = { put: 'a', value: new Uint8Array([1]) }
  const cutFirst = (): { cut: number } => {
    const seen = { cut: 0 }
    proxy.onReply = (text) => (isOurs(text) && seen.cut++ === 0 ? 'cut' : 'pass')
    return seen
  }

  it('is answered by its retry as it would have been at first', async () => {
    const [store] = stores as [Store]
    const place = partition()
    await store.read(place, [])
    cutFirst()
    const outcome = await store.commit(place, { id: 'only', expect: [{ key: 'a', rev: 0 }], ops: [op] })
    const { rev } = await store.read(place, [])
    expect(outcome).toMatchObject({ ok: true, rev, repeated: true })
  })

  it('says that its end is unknown when no retry gets through', async () => {
    const store = postgresStore(proxy.url, { schema, retries: 1, backoffMs: 5 })
    const place = partition()
    await store.read(place, [])
    proxy.onReply = () => 'cut'
    const commit = store.commit(place, { id: 'only', ops: [op] })
    await expect(commit).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', committed: 'unknown' })
    proxy.onReply = () => 'pass'
    expect(await store.commit(place, { id: 'only', ops: [op] })).toMatchObject({ ok: true, repeated: true })
    await store.close()
  })

  it('says that it did not happen when it never got through', async () => {
    const store = postgresStore(proxy.url, { schema, retries: 0, timeoutMs: 500 })
    await proxy.stop()
    const commit = store.commit(partition(), { id: 'only', ops: [op] })
    await expect(commit).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', committed: 'no' })
    await store.close()
    proxy = await startPostgresProxy(server)
    await Promise.all(stores.map((one) => one.close()))
    stores = stores.map(() => postgresStore(proxy.url, { schema, timeoutMs: 2_000, backoffMs: 10, connections: 2 }))
  })

  it('is not made again when too many others followed for the server to remember it', async () => {
    const other = postgresStore(server, { schema })
    const lost = postgresStore(proxy.url, { schema, backoffMs: 2_000 })
    const place = partition()
    await lost.read(place, [])
    let cut = 0
    proxy.onReply = () => {
      cut++
      return 'cut'
    }
    const commit = lost.commit(place, { id: 'lost', ops: [{ ...op, put: 'lost' }] })
    const refused = expect(commit).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', committed: 'unknown' })
    while (cut === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    for (let at = 0; at < 66; at++) await other.commit(place, { id: `other-${at}`, ops: [op] })
    proxy.onReply = () => 'pass'
    await refused
    await other.close()
    await lost.close()
  })
})
