import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from '@everthread/core/sqlite'
import { expect, it } from 'vitest'
import { tempFolder } from './temp-folder.ts'

const folder = tempFolder()
const value = Buffer.alloc(100, 'x')

function count(path: string, table: 'partitions' | 'rows' | 'entries'): number {
  const database = new DatabaseSync(path)
  try {
    return Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n)
  } finally {
    database.close()
  }
}

it('a dropped partition leaves no row, entry or head, however large it was', async () => {
  const path = join(folder, 'dropped.db')
  const store = sqliteStore(path)
  const partition = { tenant: 'acme', id: 'large' }
  for (let part = 0; part < 3; part++) {
    const ops = Array.from({ length: 2000 }, (_, at) => ({ put: `m/${part}/${at}`, value }))
    await store.commit(partition, { id: `part ${part}`, ops, index: [{ index: 'all', sort: 'a' }] })
  }
  await store.drop(partition)
  expect([count(path, 'partitions'), count(path, 'rows'), count(path, 'entries')]).toEqual([0, 0, 0])
  await store.close()
})

it('partitions past their removal, and rows past their time, are deleted little by little by later commits', async () => {
  const path = join(folder, 'swept.db')
  let now = 1_000_000
  const store = sqliteStore({ path, clock: () => now })
  for (let at = 0; at < 20; at++) {
    await store.commit(
      { tenant: 'acme', id: `old ${at}` },
      {
        id: 'make',
        ops: [{ put: 'a', value }],
        expiry: { expiresInMs: 10, removeInMs: 10 },
        index: [{ index: 'all', sort: `${at}` }],
      },
    )
  }
  const kept = { tenant: 'acme', id: 'kept' }
  await store.commit(kept, {
    id: 'make',
    ops: [
      { put: 'ticket', value, ttlMs: 10 },
      { put: 'kept', value },
    ],
  })
  now += 11
  for (let at = 0; at < 32 * 10; at++) await store.commit(kept, { id: `${at}`, ops: [] })
  expect([count(path, 'partitions'), count(path, 'rows'), count(path, 'entries')]).toEqual([1, 1, 0])
  await store.close()
})

it('a partition made again after its removal has none of the old rows, and a higher revision', async () => {
  const store = sqliteStore({ path: join(folder, 'again.db'), clock: () => 5 })
  const partition = { tenant: 'acme', id: 'user1' }
  const old = await store.commit(partition, { id: 'one', ops: [{ put: 'a', value }] })
  await store.drop(partition)
  const made = await store.commit(partition, { id: 'one', ops: [] })
  expect(made).toMatchObject({ ok: true, repeated: false })
  expect(made.ok && old.ok && made.rev > old.rev).toBe(true)
  expect((await store.read(partition, [{ prefix: '', limit: 1 }])).rows).toEqual([[]])
  await store.close()
})

it('one file is left behind after close', async () => {
  const path = join(folder, 'closed', 'agents.db')
  const store = sqliteStore(path)
  await store.commit({ tenant: 'acme', id: 'user1' }, { id: 'one', ops: [{ put: 'a', value }] })
  await store.close()
  expect(readdirSync(join(folder, 'closed'))).toEqual(['agents.db'])
})
