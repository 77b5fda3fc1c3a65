import { describe, expect, it } from 'vitest'
import type { Commit, StoreDriver } from '../../src/contract/store.ts'
import { createStore } from '../../src/stores/create-store.ts'
import { memoryDriver } from '../../src/stores/memory.ts'

const partition = { tenant: 'acme', id: 'chat' }
const codec = { keys: { k: 'ab'.repeat(32) } }
const value = (text: string) => new TextEncoder().encode(text)
const put = (key: string, text = 'secret'): Commit => ({
  id: crypto.randomUUID(),
  ops: [{ put: key, value: value(text) }],
})

/** What stands in the database, all of it. */
async function storedRows(driver: StoreDriver) {
  return (await driver.read(partition, [{ prefix: '', limit: 100 }])).rows[0] ?? []
}

/** A driver that counts its calls. */
function counting(driver: StoreDriver): { driver: StoreDriver; calls: string[] } {
  const calls: string[] = []
  return {
    calls,
    driver: {
      ...{ drop: driver.drop.bind(driver), query: driver.query.bind(driver), watch: driver.watch.bind(driver) },
      close: () => driver.close(),
      read(...args) {
        calls.push('read')
        return driver.read(...args)
      },
      commit(...args) {
        calls.push('commit')
        return driver.commit(...args)
      },
    },
  }
}

describe('an encrypted partition', () => {
  it('holds its wrapped key in one row, and no plain text', async () => {
    const driver = memoryDriver()
    await createStore(driver, { codec }).commit(partition, put('a'))
    const rows = await storedRows(driver)
    expect(rows.map((row) => row.key)).toEqual(['a', '~key'])
    expect(rows.some((row) => Buffer.from(row.value).includes('secret'))).toBe(false)
  })

  it('has a key of its own', async () => {
    const driver = memoryDriver()
    const store = createStore(driver, { codec })
    await store.commit(partition, put('a'))
    await store.commit({ ...partition, id: 'other' }, put('a'))
    const [first] = (await driver.read(partition, [{ get: ['~key'] }])).rows[0] ?? []
    const [second] = (await driver.read({ ...partition, id: 'other' }, [{ get: ['~key'] }])).rows[0] ?? []
    expect(Buffer.compare(first?.value as Buffer, second?.value as Buffer)).not.toBe(0)
  })

  it('shows no index name and no index value in plain', async () => {
    const driver = memoryDriver()
    const store = createStore(driver, { codec })
    const index = [{ index: 'user/alice', sort: '1', value: value('secret') }]
    await store.commit(partition, { id: '1', ops: [], index })
    expect((await driver.query('acme', { index: 'user/alice', limit: 1 })).rows).toEqual([])
    expect((await store.query('acme', { index: 'user/alice', limit: 1 })).rows).toMatchObject([
      { value: value('secret') },
    ])
  })

  it('takes one trip to start, one for each commit, and one for each read', async () => {
    const { driver, calls } = counting(memoryDriver())
    const store = createStore(driver, { codec })
    await store.commit(partition, put('a'))
    await store.commit(partition, put('b'))
    await store.read(partition, [{ get: ['a', 'b'] }])
    expect(calls).toEqual(['commit', 'commit', 'read'])
  })

  it('takes one trip to read it for the first time', async () => {
    const { driver, calls } = counting(memoryDriver())
    await createStore(driver, { codec }).commit(partition, put('a'))
    calls.length = 0
    const store = createStore(driver, { codec })
    await store.read(partition, [{ get: ['a'] }])
    await store.commit(partition, put('b'))
    expect(calls).toEqual(['read', 'commit'])
  })

  it('refuses a row that was moved to another key of the same partition', async () => {
    const driver = memoryDriver()
    const store = createStore(driver, { codec })
    await store.commit(partition, put('a'))
    const [row] = await storedRows(driver)
    await driver.commit(partition, { id: 'swap', ops: [{ put: 'b', value: row?.value as Uint8Array }] })
    await expect(store.read(partition, [{ get: ['b'] }])).rejects.toMatchObject({ code: 'DECRYPT_FAILED' })
  })

  it('says so when its key row is gone', async () => {
    const driver = memoryDriver()
    await createStore(driver, { codec }).commit(partition, put('a'))
    await driver.commit(partition, { id: 'lose', ops: [{ del: '~key' }] })
    const reading = createStore(driver, { codec }).read(partition, [{ get: ['a'] }])
    await expect(reading).rejects.toMatchObject({ code: 'DECRYPT_FAILED' })
  })

  it('shows a store without keys all rows but the one that holds the key', async () => {
    const driver = memoryDriver()
    await createStore(driver, { codec }).commit(partition, { id: '1', ops: [] })
    const snapshot = await createStore(driver).read(partition, [{ prefix: '', limit: 5 }])
    expect(snapshot.rows).toEqual([[]])
  })

  it('reads on behind the key row when only that fits into maxBytes', async () => {
    const driver = memoryDriver()
    const store = createStore(driver, { codec })
    await store.commit(partition, {
      id: '1',
      ops: ['a', 'é'].map((key) => ({ put: key, value: value('x'.repeat(400)) })),
    })
    const ahead = { prefix: '', from: 'b', limit: 5, maxBytes: 10 }
    const back = { prefix: '', to: 'é', reverse: true, limit: 5, maxBytes: 10 }
    const { rows, more } = await store.read(partition, [ahead, back])
    expect(rows.map((list) => list.map((row) => row.key))).toEqual([['é'], ['a']])
    expect(more).toEqual([false, false])
  })

  it('does not take the key of a commit that was answered as repeated', async () => {
    const driver = memoryDriver()
    const commit = put('a', 'first')
    await createStore(driver, { codec }).commit(partition, commit)
    const retrying = createStore(driver, { codec })
    expect(await retrying.commit(partition, commit)).toMatchObject({ repeated: true })
    await retrying.commit(partition, put('b', 'second'))
    const { rows } = await createStore(driver, { codec }).read(partition, [{ get: ['a', 'b'] }])
    expect(rows[0]?.map((row) => Buffer.from(row.value).toString())).toEqual(['first', 'second'])
  })

  it('gives up on a partition that changes its key without end', async () => {
    const driver = memoryDriver()
    const unstable: StoreDriver = {
      ...counting(driver).driver,
      commit: async () => ({ ok: false, failed: 'expect', now: 1, rows: [await freshKeyRow()] }),
    }
    let rev = 0
    async function freshKeyRow() {
      const other = memoryDriver()
      await createStore(other, { codec }).commit(partition, { id: '1', ops: [] })
      rev += 1
      const row = (await other.read(partition, [{ get: ['~key'] }])).rows[0]?.[0]
      return { key: '~key', value: row?.value as Uint8Array, rev }
    }
    const committing = createStore(unstable, { codec }).commit(partition, put('a'))
    await expect(committing).rejects.toMatchObject({ code: 'KEY_UNSTABLE', committed: 'no' })
  })
})
