import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from '@everthread/core/sqlite'
import { afterEach, expect, it, vi } from 'vitest'
import { tempFolder } from './temp-folder.ts'

const folder = tempFolder()
const partition = { tenant: 'acme', id: 'user1' }
const HOUR = 3_600_000

afterEach(() => {
  vi.restoreAllMocks()
})

function jumpWallClock(ms: number): void {
  const real = Date.now
  vi.spyOn(Date, 'now').mockImplementation(() => real() + ms)
}

async function timeOf(path: string): Promise<number> {
  const store = sqliteStore(path)
  const outcome = await store.commit(partition, { id: crypto.randomUUID(), ops: [] })
  await store.close()
  return outcome.now
}

/** As the next boot would find the file: last used in another one, at that time. */
function reboot(path: string, lastSeen: number): void {
  const database = new DatabaseSync(path)
  database.exec(`UPDATE meta SET value = 'another boot' WHERE name = 'boot'`)
  database.exec(`INSERT INTO meta VALUES('seen', ${lastSeen * 1000}) ON CONFLICT DO UPDATE SET value = excluded.value`)
  database.close()
}

it.each([-HOUR, HOUR])('a jump of the wall clock by %d ms changes nothing', async (jump) => {
  const path = join(folder, `jump ${jump}.db`)
  const before = await timeOf(path)
  jumpWallClock(jump)
  const after = await timeOf(path)
  expect(after).toBeGreaterThanOrEqual(before)
  expect(after).toBeLessThan(before + HOUR / 2)
})

it('after a reboot it goes on from the wall clock', async () => {
  const path = join(folder, 'reboot.db')
  const before = await timeOf(path)
  reboot(path, before)
  jumpWallClock(HOUR)
  expect(await timeOf(path)).toBeGreaterThanOrEqual(before + HOUR)
})

it('after a reboot with a wall clock that went back it goes on from the last time seen', async () => {
  const path = join(folder, 'reboot back.db')
  const before = await timeOf(path)
  reboot(path, before + HOUR)
  jumpWallClock(-HOUR)
  expect(await timeOf(path)).toBeGreaterThanOrEqual(before + HOUR)
})

it('a clock that is given replaces it, and does not go back', async () => {
  let now = 5000
  const store = sqliteStore({ path: ':memory:', clock: () => now })
  expect((await store.read(partition, [])).now).toBe(5000)
  now = 4000
  expect((await store.read(partition, [])).now).toBe(5000)
  now = 6000
  expect((await store.commit(partition, { id: 'one', ops: [] })).now).toBe(6000)
  await store.close()
})
