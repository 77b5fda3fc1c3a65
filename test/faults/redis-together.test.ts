import { randomBytes, randomUUID } from 'node:crypto'
import type { Commit, Partition, Store } from '@everthread/core'
import { redisStore } from '@everthread/core/redis'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { scripts } from '../../packages/core/src/stores/redis/scripts.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { type FaultyProxy, startProxy } from './proxy.ts'

const names = new Map(Object.values(scripts).map(({ name, sha }) => [sha, name]))

function commitOf(value: string | number, known: number, key = 'a'): Commit {
  const bytes = typeof value === 'string' ? Buffer.from(value) : randomBytes(value)
  return { id: randomUUID(), known, ops: [{ put: key, value: bytes }] }
}

describe('what is asked of many partitions in one round of the event loop', () => {
  let server: RedisServer
  let proxy: FaultyProxy
  let store: Store
  let admin: Redis

  beforeAll(async () => {
    server = await startRedis()
    proxy = await startProxy(server)
    store = redisStore(proxy.url, { backoffMs: 5 })
    admin = new Redis(server.url)
    await store.read(partition(), [])
    await store.commit(partition(), { id: 'first', ops: [] })
  })
  afterEach(() => {
    proxy.onReply = () => 'pass'
  })
  afterAll(async () => {
    await store.close()
    await admin.quit()
    await proxy.stop()
    await server.stop()
  })

  const partition = (): Partition => ({ tenant: `many-${randomUUID()}`, id: 'session' })
  const keyOf = ({ tenant }: Partition): string => `everthread:p:{${tenant}:session}`
  /** What came by, by the scripts' names. */
  const commands = (): string[] => proxy.requests.map(([command = '', sha = '']) => names.get(sha) ?? command)
  const text = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString()

  async function made(count: number, value: string | number = 'mine'): Promise<{ place: Partition; rev: number }[]> {
    const all = Array.from({ length: count }, async () => {
      const place = partition()
      const outcome = await store.commit(place, commitOf(value, 0))
      return { place, rev: outcome.ok ? outcome.rev : 0 }
    })
    const places = await Promise.all(all)
    proxy.requests.length = 0
    return places
  }

  async function valueIn(place: Partition): Promise<string> {
    const { rows } = await store.read(place, [{ get: ['a'] }])
    return text(rows[0]?.[0]?.value)
  }

  it('is one command for what is known, whatever has become of each, and fails for one alone', async () => {
    const places = await made(6)
    const [same, changed, large, dropped, broken, late] = places as [(typeof places)[0], ...typeof places]
    const other = redisStore(server.url)
    await other.commit(changed?.place as Partition, commitOf('theirs', 0))
    await other.commit(large?.place as Partition, {
      id: 'l',
      ops: [{ put: 'b', value: randomBytes(30_000) }],
    })
    await other.drop(dropped?.place as Partition)
    await admin.set(keyOf(broken?.place as Partition), 'no partition')
    await other.commit(late?.place as Partition, commitOf('last', 0, 'z'))
    await other.close()
    const reads = [{ get: ['a'] }, { prefix: 'z', limit: 5 }]
    const told = await Promise.allSettled(places.map(({ place, rev }) => store.read(place, reads, rev)))
    const rows = told.map((one) =>
      one.status === 'fulfilled' ? one.value.rows.flat().map(({ value }) => text(value)) : one.reason.code,
    )
    expect(rows).toEqual([[], ['theirs'], ['mine'], [], 'STORE_WRONG_TYPE', ['mine', 'last']])
    expect(told[0]).toMatchObject({ value: { unchanged: true, rev: same.rev } })
    expect(told[3]).toMatchObject({ value: { rev: 0 } })
    expect(commands()).toEqual(['read-n', 'read-n'])
  })

  it('is one command for each 64 of them', async () => {
    const places = await made(130)
    const read = await Promise.all(places.map(({ place, rev }) => store.read(place, [{ get: ['a'] }], rev)))
    expect(read.every(({ unchanged }) => unchanged)).toBe(true)
    expect(commands()).toEqual(['read-n', 'read-n', 'read-n'])
  })

  it('is one command for commits to what is known, each of which lands by itself', async () => {
    const places = await made(5)
    const other = redisStore(server.url)
    const [overtaken] = places
    await other.commit(overtaken?.place as Partition, commitOf('theirs', 0))
    await other.close()
    const outcomes = await Promise.all(
      places.map(({ place, rev }, at) => store.commit(place, commitOf(`new ${at}`, rev))),
    )
    expect(commands()).toEqual(['swap-n', 'commit-1'])
    expect(outcomes.map((outcome) => outcome.ok && outcome.follows === true)).toEqual([false, true, true, true, true])
    expect(await Promise.all(places.map(({ place }) => valueIn(place)))).toEqual(
      [0, 1, 2, 3, 4].map((at) => `new ${at}`),
    )
  })

  it('takes commits in several commands when they are of many bytes', async () => {
    const places = await made(40, 10_000)
    await Promise.all(places.map(({ place, rev }) => store.commit(place, commitOf('x', rev, 'b'))))
    expect(commands()).toEqual(['swap-n', 'swap-n'])
  })

  it('lands two commits to one partition, one after the other', async () => {
    const [one] = await made(1)
    const { place, rev } = one as { place: Partition; rev: number }
    const commits = [commitOf('first', rev), commitOf('second', rev, 'b')]
    const outcomes = await Promise.all(commits.map((commit) => store.commit(place, commit)))
    expect(outcomes.map((outcome) => outcome.ok && outcome.follows === true)).toEqual([true, false])
    const { rows } = await store.read(place, [{ get: ['a', 'b'] }])
    expect(rows[0]?.map(({ value }) => text(value))).toEqual(['first', 'second'])
  })

  it('does each commit once when the reply to all of them is lost', async () => {
    const places = await made(4)
    let cut = 0
    proxy.onReply = ([command = '']) => (command.startsWith('eval') && cut++ === 0 ? 'cut' : 'pass')
    const outcomes = await Promise.all(
      places.map(({ place, rev }, at) => store.commit(place, commitOf(`once ${at}`, rev))),
    )
    expect(outcomes).toMatchObject(places.map(() => ({ ok: true, repeated: true })))
    const revs = await Promise.all(places.map(({ place }) => store.read(place, [])))
    expect(revs.map(({ rev }) => rev)).toEqual(outcomes.map((outcome) => outcome.ok && outcome.rev))
  })

  it('brings the scripts again after they were flushed', async () => {
    const places = await made(3)
    await admin.script('FLUSH')
    const read = await Promise.all(places.map(({ place, rev }) => store.read(place, [], rev)))
    expect(read.every(({ unchanged }) => unchanged)).toBe(true)
    const outcomes = await Promise.all(places.map(({ place, rev }) => store.commit(place, commitOf('x', rev))))
    expect(outcomes.every(({ ok }) => ok)).toBe(true)
    expect(commands()).toEqual(['read-n', 'eval', 'swap-n', 'eval'])
  })

  it('tells each of a full server, and nothing is done', async () => {
    const places = await made(3)
    await admin.config('SET', 'maxmemory', '1mb')
    const refused = await Promise.allSettled(places.map(({ place, rev }) => store.commit(place, commitOf('x', rev))))
    await admin.config('SET', 'maxmemory', '0')
    const failure = { status: 'rejected', reason: { code: 'STORE_FULL', committed: 'no' } }
    expect(refused).toMatchObject([failure, failure, failure])
    expect(await Promise.all(places.map(({ place }) => valueIn(place)))).toEqual(['mine', 'mine', 'mine'])
  })

  it('keeps what one may not touch from the others', async () => {
    const places = await made(2)
    const [mine, theirs] = places.map(({ place }) => place) as [Partition, Partition]
    await admin.call('ACL', [
      'SETUSER',
      'half',
      'on',
      '>secret',
      `~${keyOf(mine)}`,
      '~everthread:{probe}*',
      '&*',
      '+@all',
    ])
    const half = redisStore(`redis://half:secret@127.0.0.1:${server.port}`, { retries: 0 })
    const told = await Promise.allSettled([mine, theirs].map((place) => half.read(place, [{ get: ['a'] }], 1)))
    expect(told).toMatchObject([{ value: { rows: [[{ key: 'a' }]] } }, { reason: { code: 'STORE_NO_PERMISSION' } }])
    await half.close()
  })
})
