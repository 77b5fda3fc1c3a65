import { randomBytes, randomUUID } from 'node:crypto'
import type { Op, Partition, Store } from '@everthread/core'
import { postgresStore } from '@everthread/core/postgres'
import { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type PostgresProxy, startPostgresProxy } from './postgres-proxy.ts'
import { freshSchema, query } from './postgres-schema.ts'

const server = process.env.EVERTHREAD_TEST_POSTGRES as string
const schema = freshSchema(server)
const put = (key: string, value = 'x'): Op => ({ put: key, value: new TextEncoder().encode(value) })

let proxy: PostgresProxy
let store: Store
let partition: Partition

beforeAll(async () => {
  proxy = await startPostgresProxy(server)
  store = postgresStore(proxy.url, { schema, retries: 1 })
})
beforeEach(async () => {
  partition = { tenant: `wire-${randomUUID()}`, id: 'session' }
  await store.read(partition, [])
  proxy.statements.length = 0
})
afterAll(async () => {
  await store.close()
  await proxy.stop()
})

describe('on the wire', () => {
  it('a commit is one statement, the first of a partition and a refused one too', async () => {
    await store.commit(partition, { id: '1', ops: [put('a')] })
    await store.commit(partition, { id: '2', expect: [{ key: 'a', rev: 1 }], ops: [put('a')] })
    await store.commit(partition, {
      id: '3',
      ops: [put('b'), { del: 'a' }, put('a'), { delPrefix: 'c' }],
      index: [{ index: 'all', sort: '1' }],
      expiry: { expiresInMs: 1000, removeInMs: 1000 },
    })
    expect(proxy.statements).toHaveLength(3)
  })

  it('a read of any kind is one statement', async () => {
    await store.commit(partition, { id: '1', ops: [put('t/1'), put('c/1'), put('w/1/a')] })
    proxy.statements.length = 0
    await store.read(partition, [
      { get: ['t/1'] },
      { prefix: 't/', limit: 1, reverse: true },
      { prefix: 'c/', below: 1, limit: 10 },
      { prefix: 'w/', below: 1, limit: 10 },
      { prefix: 'm/', from: 'm/5', floor: true, limit: 10 },
    ])
    expect(proxy.statements).toHaveLength(1)
  })

  it('commits of one tick share one statement, and each has its own outcome', async () => {
    const others = Array.from({ length: 10 }, (_, at) => ({ ...partition, id: `other ${at}` }))
    const outcomes = await Promise.all([
      ...others.map((other) => store.commit(other, { id: '1', ops: [put('a')] })),
      store.commit(partition, { id: '1', expect: [{ key: 'a', rev: 5 }], ops: [put('a')] }),
    ])
    expect(outcomes.map(({ ok }) => ok)).toEqual([...others.map(() => true), false])
    expect(proxy.statements).toHaveLength(1)
  })

  it('reads of one tick share statements, eight of them each, and each has its own answer', async () => {
    const others = Array.from({ length: 9 }, (_, at) => ({ ...partition, id: `read ${at}` }))
    await Promise.all(
      others.map((other, at) => store.commit(other, { id: '1', ops: [put('a', `value ${at}`), put('b')] })),
    )
    proxy.statements.length = 0
    const nobody = store.read({ ...partition, id: 'nobody' }, [{ get: ['a'] }])
    const answers = await Promise.all(
      others.map((other) => store.read(other, [{ get: ['b', 'a', 'c'] }, { get: ['c'] }])),
    )
    expect(answers.map(({ rows }) => rows[0]?.map(({ key, value }) => `${key} ${Buffer.from(value)}`))).toEqual(
      others.map((_, at) => ['b x', `a value ${at}`]),
    )
    expect(await nobody).toMatchObject({ rev: 0, rows: [[]] })
    expect(proxy.statements).toHaveLength(2)
  })

  it('a query and a drop are one statement each, and nothing is sent to tell watchers that there are none', async () => {
    await store.commit(partition, { id: '1', ops: [put('a')], index: [{ index: 'all', sort: '1' }] })
    await store.query(partition.tenant, { index: 'all', limit: 10 })
    await store.drop(partition)
    expect(proxy.statements).toHaveLength(3)
  })

  it('no statement opens a transaction or keeps anything on its connection', async () => {
    await store.commit(partition, { id: '1', ops: [put('a')] })
    await store.read(partition, [{ get: ['a'] }])
    expect(proxy.statements.filter((text) => /^\s*(BEGIN|SET|PREPARE|LISTEN|DISCARD)/i.test(text))).toEqual([])
  })
})

describe('a pool that is given', () => {
  it('is used and not ended, whatever parsers the application has set', async () => {
    const pool = new Pool({
      connectionString: server,
      max: 1,
      types: { getTypeParser: () => () => 'mangled' } as never,
    })
    const own = postgresStore(pool, { schema })
    await own.commit(partition, { id: '1', ops: [put('a', 'value')] })
    const { rows } = await own.read(partition, [{ get: ['a'] }])
    expect(new TextDecoder().decode(rows[0]?.[0]?.value)).toBe('value')
    await own.close()
    expect((await pool.query('SELECT 1')).rowCount).toBe(1)
    await pool.end()
  })

  it('works with named prepared statements, on every connection', async () => {
    const prepared = postgresStore(server, { schema, prepare: true, connections: 3 })
    for (let round = 0; round < 3; round++) {
      const places = Array.from({ length: 6 }, (_, at) => ({ ...partition, id: `p${at}` }))
      await Promise.all(places.map((place) => prepared.commit(place, { id: `${round}`, ops: [put('a')] })))
      const snapshots = await Promise.all(places.map((place) => prepared.read(place, [{ get: ['a'] }])))
      expect(snapshots.map(({ rows }) => rows[0]?.length)).toEqual(places.map(() => 1))
    }
    await prepared.close()
  })
})

describe('several processes', () => {
  it('may make the schema at the same moment', async () => {
    const fresh = freshSchema(server)
    const stores = Array.from({ length: 8 }, () => postgresStore(server, { schema: fresh, connections: 1 }))
    const revs = await Promise.all(stores.map((one) => one.read(partition, [])))
    expect(revs.map(({ rev }) => rev)).toEqual(stores.map(() => 0))
    await Promise.all(stores.map((one) => one.close()))
  })

  it('keep schemas apart', async () => {
    const other = postgresStore(server, { schema: freshSchema(server) })
    await store.commit(partition, { id: '1', ops: [put('a')] })
    expect((await other.read(partition, [])).rev).toBe(0)
    await other.close()
  })

  it('are woken by a notification, long before the next poll', async () => {
    const watcher = postgresStore(server, { schema, watchIntervalMs: 60_000 })
    const until = new AbortController()
    const hints = watcher.watch([partition], until.signal)[Symbol.asyncIterator]()
    // Once the first poll and the listener's own notification are through, only a notification can wake it.
    await hints.next()
    await untilRegistered()
    await hints.next()
    await store.commit(partition, { id: '1', ops: [put('a')] })
    expect(await hints.next()).toEqual({ done: false, value: partition })
    until.abort()
    await watcher.close()
  })

  it('are woken by polling when notifications lead nowhere', async () => {
    const watcher = postgresStore(server, { schema, watchIntervalMs: 20, listenUrl: 'postgres://127.0.0.1:1/nowhere' })
    const until = new AbortController()
    const hints = watcher.watch([partition], until.signal)[Symbol.asyncIterator]()
    await hints.next()
    await store.commit(partition, { id: '1', ops: [put('a')] })
    expect(await hints.next()).toEqual({ done: false, value: partition })
    until.abort()
    await watcher.close()
  })

  async function untilRegistered(): Promise<void> {
    while ((await query(server, `SELECT FROM "${schema}".watchers`)).length === 0);
  }
})

describe('after everything is deleted', () => {
  it('no row of ours is left but the format and the floor', async () => {
    const fresh = freshSchema(server)
    const own = postgresStore(server, { schema: fresh })
    const places = ['user1', 'user1:chat2', 'user1/chat2'].map((id) => ({ ...partition, id }))
    for (const place of places) {
      await own.commit(place, { id: '1', ops: [put('a'), put('b')], index: [{ index: 'all', sort: '1' }] })
    }
    await own.drop(places[0] as Partition)
    for (const place of places.slice(1))
      expect((await own.read(place, [{ prefix: '', limit: 9 }])).rows[0]).toHaveLength(2)
    for (const place of places.slice(1)) await own.drop(place)
    const counts = await query(
      server,
      `SELECT (SELECT count(*) FROM "${fresh}".partitions) AS partitions, (SELECT count(*) FROM "${fresh}".rows) AS rows,
       (SELECT count(*) FROM "${fresh}".entries) AS entries, (SELECT count(*) FROM "${fresh}".watchers) AS watchers`,
    )
    expect(counts).toEqual([{ partitions: '0', rows: '0', entries: '0', watchers: '0' }])
    await own.close()
  })

  it('what is past its removal goes little by little with later commits', async () => {
    const fresh = freshSchema(server)
    let now = Date.now()
    const own = postgresStore(server, { schema: fresh, clock: () => now })
    for (let at = 0; at < 40; at++) {
      await own.commit(
        { ...partition, id: `old ${at}` },
        {
          id: '1',
          ops: [put('a'), { put: 'b', value: randomBytes(400) }],
          expiry: { expiresInMs: 10, removeInMs: 10 },
          index: [{ index: 'all', sort: '1' }],
        },
      )
    }
    await own.commit(partition, {
      id: 'kept',
      ops: [
        { put: 'kept', value: randomBytes(400) },
        { ...put('ticket'), ttlMs: 10 },
      ],
    })
    now += 11
    for (let at = 0; at < 64; at++) await own.commit(partition, { id: `${at}`, ops: [] })
    const counts = await query(
      server,
      `SELECT (SELECT count(*) FROM "${fresh}".partitions) AS partitions, (SELECT count(*) FROM "${fresh}".rows) AS rows,
       (SELECT count(*) FROM "${fresh}".entries) AS entries`,
    )
    expect(counts).toEqual([{ partitions: '1', rows: '1', entries: '0' }])
    await own.close()
  })
})
