import { describe, expect, it } from 'vitest'
import { createStore } from '../../src/stores/create-store.ts'
import { memoryDriver, memoryStore } from '../../src/stores/memory.ts'

const ops = [{ put: 'a', value: Buffer.from('1') }]
const tenant = 'acme'

describe('the memory store', () => {
  it('runs on the machine’s clock when given none', async () => {
    const store = memoryStore()
    const before = Date.now()
    const outcome = await store.commit({ tenant, id: 'a' }, { id: '1', ops })
    expect(outcome.now).toBeGreaterThanOrEqual(before)
    await store.close()
  })

  it('does not go back in time when its clock does', async () => {
    let now = 5000
    const store = memoryStore({ clock: () => now })
    const partition = { tenant, id: 'a' }
    const first = await store.commit(partition, { id: '1', ops: [{ put: 'a', value: Buffer.from('1'), ttlMs: 100 }] })
    now = 1000
    const second = await store.commit(partition, { id: '2', ops: [] })
    expect(second.now).toBe(5000)
    expect(second.ok && first.ok && second.rev > first.rev).toBe(true)
  })

  it('forgets partitions past their removal while others are written', async () => {
    let now = 1000
    const driver = memoryDriver({ clock: () => now })
    const store = createStore(driver)
    const expiry = { expiresInMs: 10, removeInMs: 10 }
    const index = [{ index: 'all', sort: '1' }]
    for (let at = 0; at < 50; at++) await store.commit({ tenant, id: `p${at}` }, { id: '1', ops, expiry, index })
    now = 2000
    for (let at = 0; at < 100; at++) await store.commit({ tenant, id: 'alive' }, { id: String(at), ops })
    now = 1000
    expect(await store.query(tenant, { index: 'all', limit: 100 })).toEqual({ rows: [] })
    expect(await store.read({ tenant, id: 'p0' }, [])).toMatchObject({ rev: 0 })
  })

  it('reads the ends of 100,000 rows without looking at the rest', async () => {
    const store = memoryStore({ codec: { compression: false } })
    const partition = { tenant, id: 'large' }
    for (let batch = 0; batch < 20; batch++) {
      const rows = Array.from({ length: 5000 }, (_, at) => ({
        put: `m/${batch * 5000 + at + 100_000}`,
        value: Buffer.from(''),
      }))
      await store.commit(partition, { id: String(batch), ops: rows })
    }
    for (let round = 0; round < 2000; round++) {
      const { rows } = await store.read(partition, [
        { prefix: 'm/', limit: 1 },
        { prefix: 'm/', reverse: true, limit: 1 },
        { prefix: 'm/', from: `m/${150_000 + round}`, floor: true, limit: 2 },
      ])
      expect(rows.map((list) => list.length)).toEqual([1, 1, 2])
    }
  })

  it('wakes a slow watcher once for many changes', async () => {
    const store = memoryStore()
    const partition = { tenant, id: 'a' }
    const ending = new AbortController()
    const iterator = store.watch([partition], ending.signal)[Symbol.asyncIterator]()
    for (let at = 0; at < 10; at++) await store.commit(partition, { id: String(at), ops })
    expect(await iterator.next()).toEqual({ done: false, value: partition })
    const next = iterator.next()
    ending.abort()
    expect(await next).toEqual({ done: true, value: undefined })
  })
})
