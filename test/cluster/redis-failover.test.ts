import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Partition, Store } from '@everthread/core'
import { redisStore } from '@everthread/core/redis'
import { Cluster } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keepLedger } from '../faults/ledger.ts'
import type { RedisServer } from '../servers/redis.ts'
import { type RedisCluster, startRedisCluster } from '../servers/redis-cluster.ts'

const commits = process.env.EVERTHREAD_SOAK ? 500 : 50
const writers = 4

describe('a cluster', () => {
  let cluster: RedisCluster
  let client: Cluster

  beforeAll(async () => {
    cluster = await startRedisCluster()
    client = new Cluster(cluster.urls)
    await client.ping()
  })
  afterAll(async () => {
    client.disconnect()
    await cluster.stop()
  })

  const freshPartition = (): Partition => ({ tenant: `cluster-${randomUUID()}`, id: 'ledger' })
  const openStores = (options = {}): Store[] =>
    Array.from({ length: writers }, () => redisStore(client, { timeoutMs: 2_000, ...options }))
  const slotOf = (partition: Partition): Promise<number> =>
    client.cluster('KEYSLOT', `everthread:p:{${partition.tenant}:${partition.id}}`)

  async function masterOf(slot: number): Promise<RedisServer> {
    for (const node of client.nodes('master')) {
      const ranges = await node.cluster('SLOTS')
      const port = ranges.find(([first, last]) => first <= slot && slot <= last)?.[2]?.[1]
      const server = cluster.nodes.find((candidate) => candidate.port === port)
      if (server) return server
    }
    throw new Error(`No master serves slot ${slot}`)
  }

  it('moves a partition between its nodes under four writers, and nothing is lost or doubled', async () => {
    const partition = freshPartition()
    const slot = await slotOf(partition)
    const stores = openStores()
    let writing = true
    const ledger = keepLedger(stores, { writers, commits, partition }).finally(() => {
      writing = false
    })
    const moving = (async () => {
      for (let move = 0; move < 4 || writing; move++) await moveSlot(slot)
    })()
    const [report] = await Promise.all([ledger, moving])
    expect(report).toMatchObject({ acknowledged: writers * commits, lost: [], doubled: [], halfVisible: [] })
    await Promise.all(stores.map((store) => store.close()))
  })

  it('changes, drops and makes anew a partition whose slot is on its way to another node', async () => {
    const [place, store] = [freshPartition(), redisStore(client)]
    const value = new Uint8Array([1])
    await store.commit(place, { id: '1', ops: [{ put: 'a', value }] })
    const settle = await startMove(await slotOf(place))
    expect(await store.commit(place, { id: '2', ops: [{ del: 'a' }] })).toMatchObject({ ok: true })
    expect(await store.commit(place, { id: '3', ops: [], expiry: { expiresInMs: 5, removeInMs: 5 } })).toMatchObject({
      ok: true,
    })
    await sleep(10)
    expect(await store.commit(place, { id: '4', ops: [{ put: 'b', value }] })).toMatchObject({ ok: true })
    await store.drop(place)
    expect(await store.read(place, [{ prefix: '', limit: 9 }])).toMatchObject({ rev: 0, rows: [[]] })
    expect(await store.commit(place, { id: '5', ops: [{ put: 'c', value }] })).toMatchObject({ ok: true })
    await settle()
    const { rows } = await store.read(place, [{ prefix: '', limit: 9 }])
    expect(rows[0]?.map(({ key }) => key)).toEqual(['c'])
    await store.close()
  })

  it('loses a master under four writers, and nothing that a replica had confirmed is lost', async () => {
    const { lost, unreplicated, ...rest } = await survive({ wait: { replicas: 1, timeoutMs: 1_000 } })
    expect(rest).toMatchObject({ acknowledged: writers * commits, doubled: [], halfVisible: [] })
    expect(lost).toEqual([])
    expect(unreplicated.size).toBeLessThanOrEqual(writers * commits)
  })

  it('loses a master under four writers: without waiting, at most what it had not yet passed on', async () => {
    const { lost, ...rest } = await survive({})
    expect(rest).toMatchObject({ acknowledged: writers * commits, doubled: [], halfVisible: [] })
    process.stdout.write(
      `failover: ${lost.length} of ${writers * commits} acknowledged commits were lost with the master\n`,
    )
    // Each writer waits for its commits, so what can be lost is what was on its way in one moment.
    expect(lost.length).toBeLessThan(commits)
  })

  async function survive(options: object): ReturnType<typeof keepLedger> {
    const partition = freshPartition()
    const master = await masterOf(await slotOf(partition))
    const stores = openStores(options)
    const ledger = keepLedger(stores, { writers, commits, partition })
    await sleep(60)
    await master.kill()
    // It comes back as the replica of the one that took its place.
    await sleep(4_000)
    await master.restart()
    const report = await ledger
    await cluster.ready()
    await Promise.all(stores.map((store) => store.close()))
    return report
  }

  /** As `redis-cli --cluster reshard` does it, for one slot: to the next master. */
  async function moveSlot(slot: number): Promise<void> {
    const settle = await startMove(slot)
    await settle()
    await sleep(50)
  }

  async function startMove(slot: number): Promise<() => Promise<void>> {
    const masters = await cluster.masters()
    const from = await masterOf(slot)
    const to = masters[(masters.findIndex(({ port }) => port === from.port) + 1) % masters.length] as RedisServer
    const nodeAt = ({ port }: RedisServer) => {
      const node = client.nodes('master').find(({ options }) => options.port === port)
      if (!node) throw new Error(`The client does not know the master at ${port}`)
      return node
    }
    const [source, target] = [nodeAt(from), nodeAt(to)]
    const [sourceId, targetId] = await Promise.all([source.cluster('MYID'), target.cluster('MYID')])
    await target.cluster('SETSLOT', slot, 'IMPORTING', String(sourceId))
    await source.cluster('SETSLOT', slot, 'MIGRATING', String(targetId))
    return async () => {
      for (;;) {
        const keys = (await source.cluster('GETKEYSINSLOT', slot, 100)) as string[]
        if (keys.length === 0) break
        await source.migrate('127.0.0.1', to.port, '', 0, 5_000, 'KEYS', ...keys)
        await sleep(20)
      }
      await target.cluster('SETSLOT', slot, 'NODE', String(targetId))
      await source.cluster('SETSLOT', slot, 'NODE', String(targetId))
    }
  }
})
