import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sqliteStore } from '@everthread/core/sqlite'
import { describe, expect, it } from 'vitest'
import type { Row, Store } from '../../src/contract/store.ts'
import { tempFolder } from './temp-folder.ts'

const folder = tempFolder()
const partition = { tenant: 'acme', id: 'shared' }
const kills = process.env.EVERTHREAD_SOAK ? 200 : 20

function run(script: string, ...args: string[]): ChildProcess & { stdout: NodeJS.ReadableStream } {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  return child as ChildProcess & { stdout: NodeJS.ReadableStream }
}

async function rowsUnder(store: Store, prefix: string): Promise<Row[]> {
  return (await store.read(partition, [{ prefix, limit: 100_000 }])).rows[0] ?? []
}

it('a loop of nothing but reads leaves turns to commits and timers', async () => {
  const store = sqliteStore(':memory:')
  let isCommitted = false
  let hasRung = false
  setTimeout(() => {
    hasRung = true
  })
  const commit = store.commit(partition, { id: 'one', ops: [] }).then(() => {
    isCommitted = true
  })
  while (!isCommitted || !hasRung) await store.read(partition, [])
  await commit
  await store.close()
})

describe('several processes on one file', () => {
  it('all get their commits through, and lose none', async () => {
    const path = join(folder, 'shared.db')
    const children = ['a', 'b', 'c'].map((name) => run('writer-child.ts', path, name, '0', '150'))
    for (const { stdout } of children) stdout.resume()
    const exits = await Promise.all(children.map((child) => once(child, 'exit')))
    const codes = exits.map(([code]) => code)
    expect(codes).toEqual([0, 0, 0])
    const store = sqliteStore(path)
    for (const name of ['a', 'b', 'c']) expect(await rowsUnder(store, `${name}/`)).toHaveLength(150)
    await store.close()
  })

  it('wait for each other without blocking the event loop', async () => {
    const path = join(folder, 'locked.db')
    const store = sqliteStore(path)
    await store.commit(partition, { id: 'first', ops: [] })
    const child = run('lock-child.ts', path)
    await once(child.stdout, 'data')
    let settled = false
    const commit = store.commit(partition, { id: 'second', ops: [] }).finally(() => {
      settled = true
    })
    for (let turns = 0; turns < 500; turns++) await nextTurn()
    expect(settled).toBe(false)
    expect((await store.read(partition, [])).rev).toBeGreaterThan(0)
    child.stdin?.end()
    expect(await commit).toMatchObject({ ok: true, repeated: false })
    await store.close()
  })

  it('give up with STORE_BUSY when the file stays locked, and nothing is written', async () => {
    const path = join(folder, 'stuck.db')
    const store = sqliteStore({ path, busyTimeoutMs: 50 })
    const before = await store.commit(partition, { id: 'first', ops: [] })
    const child = run('lock-child.ts', path)
    await once(child.stdout, 'data')
    const failing = store.commit(partition, { id: 'second', ops: [{ put: 'a', value: new Uint8Array() }] })
    await expect(failing).rejects.toMatchObject({ code: 'STORE_BUSY', committed: 'no' })
    child.stdin?.end()
    await once(child, 'exit')
    expect(await store.read(partition, [{ prefix: '', limit: 1 }])).toMatchObject({
      rev: before.ok && before.rev,
      rows: [[]],
    })
    await store.close()
  })

  it('wake each other', async () => {
    const path = join(folder, 'watched.db')
    const store = sqliteStore({ path, watchIntervalMs: 5 })
    const until = new AbortController()
    const hints = store.watch([partition], until.signal)[Symbol.asyncIterator]()
    const child = run('writer-child.ts', path, 'a', '0', '1')
    while ((await rowsUnder(store, 'a/')).length === 0) await hints.next()
    until.abort()
    await once(child, 'exit')
    expect(await hints.next()).toEqual({ done: true, value: undefined })
    await store.close()
  })

  it('agree on the time', async () => {
    const path = join(folder, 'time.db')
    const store = sqliteStore(path)
    const { now: before } = await store.read(partition, [])
    const other = sqliteStore(path)
    const { now } = await other.read(partition, [])
    expect(now).toBeGreaterThanOrEqual(before)
    expect((await store.read(partition, [])).now).toBeGreaterThanOrEqual(now)
    await Promise.all([store.close(), other.close()])
  })
})

describe('a process killed while it writes', () => {
  it('loses nothing that was acknowledged, and leaves no half of a commit', { timeout: 600_000 }, async () => {
    const path = join(folder, 'killed.db')
    let next = 0
    for (let kill = 0; kill < kills; kill++) {
      const acknowledged = await killAfter(path, next, Math.floor(Math.random() * 60))
      const store = sqliteStore(path)
      const numbers = (await rowsUnder(store, 'a/')).map(({ key }) => key.slice('a/'.length))
      const twins = (await rowsUnder(store, 'a-twin/')).map(({ key }) => key.slice('a-twin/'.length))
      expect(twins).toEqual(numbers)
      expect(numbers).toHaveLength(new Set(numbers).size)
      for (let at = 0; at <= acknowledged; at++) expect(numbers).toContain(`${at}`)
      next = numbers.length
      await store.close()
    }
    expect(next).toBeGreaterThan(0)
  })
})

/** Kills a writer once it has acknowledged so many commits; answers the last number acknowledged. */
async function killAfter(path: string, from: number, count: number): Promise<number> {
  const child = run('writer-child.ts', path, 'a', `${from}`)
  let last = from - 1
  for await (const line of createInterface(child.stdout)) {
    last = Number(line)
    if (last >= from + count) child.kill('SIGKILL')
  }
  return last
}
