import { join } from 'node:path'
import { sqliteStore } from '@everthread/core/sqlite'
import { expect, it } from 'vitest'
import { tempFolder } from './temp-folder.ts'

const folder = tempFolder()
const partition = { tenant: 'acme', id: 'user1' }
const row = (key: string, bytes: number) => ({
  put: key,
  value: Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))),
})

it('a commit that finds no space fails with STORE_FULL and leaves nothing behind', async () => {
  const store = sqliteStore({ path: join(folder, 'full.db'), maxBytes: 200_000 })
  const small = await store.commit(partition, { id: 'small', ops: [row('a', 100)] })
  const big = Array.from({ length: 40 }, (_, at) => row(`big/${at}`, 10_000))
  await expect(store.commit(partition, { id: 'big', ops: big })).rejects.toMatchObject({
    code: 'STORE_FULL',
    committed: 'no',
  })
  const snapshot = await store.read(partition, [{ prefix: '', limit: 100 }])
  expect(snapshot.rev).toBe(small.ok && small.rev)
  expect(snapshot.rows[0]?.map(({ key }) => key)).toEqual(['a'])
  await store.close()
})

it('commits of the same tick that do fit succeed beside one that does not', async () => {
  const store = sqliteStore({ path: join(folder, 'beside.db'), maxBytes: 200_000 })
  const big = Array.from({ length: 40 }, (_, at) => row(`big/${at}`, 10_000))
  const results = await Promise.allSettled([
    store.commit(partition, { id: 'one', ops: [row('one', 100)] }),
    store.commit(partition, { id: 'big', ops: big }),
    store.commit(partition, { id: 'two', ops: [row('two', 100)] }),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  const { rows } = await store.read(partition, [{ prefix: '', limit: 100 }])
  expect(rows[0]?.map(({ key }) => key)).toEqual(['one', 'two'])
  await store.close()
})

it('space that was freed can be written again', async () => {
  const store = sqliteStore({ path: join(folder, 'again.db'), maxBytes: 400_000 })
  for (let round = 0; round < 10; round++) {
    const ops = Array.from({ length: 20 }, (_, at) => row(`m/${at}`, 10_000))
    expect(await store.commit(partition, { id: `round ${round}`, ops })).toMatchObject({ ok: true })
    await store.drop(partition)
  }
  await store.close()
})
