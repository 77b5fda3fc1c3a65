import { memoryStore } from '@everthread/core/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { allRows, HookedStore } from './hooked-store.ts'
import { Scene, say } from './scene.ts'

/** Text that does not compress. */
const noise = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(1_500))).toString('base64')
const long = (n: number): string => `words ${n} `.repeat(200)

describe('calls of the store', () => {
  let store: HookedStore
  let scene: Scene

  beforeEach(() => {
    store = new HookedStore(memoryStore())
    scene = new Scene(store)
  })

  it('a put is one commit, one that seals as well', async () => {
    let messages: unknown[] = await scene.chat(1)
    for (let n = 1; n < 300; n++) {
      messages = [...messages, say(`m${n}`, long(n))]
      const calls = await store.during(() => scene.put(n, n - 1, { messages }))
      expect(calls).toEqual({ reads: 0, commits: 1 })
    }
  })

  it('the first put of a process also asks the store for its time', async () => {
    expect(await store.during(() => scene.put(0, undefined, { a: 1 }))).toEqual({ reads: 1, commits: 1 })
    const other = new Scene(store, { session: 'other' })
    await other.load()
    expect(await store.during(() => other.put(0, undefined, { a: 1 }))).toEqual({ reads: 0, commits: 1 })
  })

  it('a put waits for its parent, when that is still under way', async () => {
    await scene.chat(2)
    await Promise.all([scene.put(2, 1, { a: 1 }), scene.put(3, 2, { b: 2 }), scene.put(4, 3, { c: 3 })])
    expect(await scene.channels(4)).toMatchObject({ a: 1, b: 2, c: 3 })
  })

  it('a put of a fork, an edit or a removal is one commit', async () => {
    const messages = await scene.chat(20)
    for (const changed of [messages.slice(0, 5), messages.toReversed(), [say('edited'), ...messages.slice(1)]]) {
      expect(await store.during(() => scene.put(30 + changed.length, 19, { messages: changed }))).toEqual({
        reads: 0,
        commits: 1,
      })
    }
  })

  it('puts and pending writes that are asked for together are one commit', async () => {
    const messages = await scene.chat(3)
    const calls = await store.during(() =>
      Promise.all([
        scene.put(3, 2, { messages: [...messages, say('m3', long(3))] }),
        scene.write(3, 'one', { messages: [say('m4', long(4))] }),
        scene.write(3, 'two', { messages: [say('m5', long(5))] }),
      ]),
    )
    expect(calls.commits).toBeLessThanOrEqual(2)
  })

  it('a put that waited for the one before it goes along with what has come meanwhile', async () => {
    const messages = await scene.chat(3)
    const calls = await store.during(async () => {
      const first = scene.put(3, 2, { messages: [...messages, say('m3')] })
      store.beforeCommit = () => {
        store.beforeCommit = undefined
        written = scene.write(3, 'task', { messages: [say('m4')] })
      }
      let written: Promise<void> | undefined
      await first
      await scene.put(4, 3, { messages: [...messages, say('m3'), say('m4')] })
      await written
    })
    expect(calls).toEqual({ reads: 0, commits: 2 })
  })

  it('64 writers at once are one commit', async () => {
    await scene.put(0, undefined, { a: 0 })
    const writers = Array.from({ length: 64 }, (_, n) => n)
    const calls = await store.during(() => Promise.all(writers.map((n) => scene.write(0, `task${n}`, { a: long(n) }))))
    expect(calls).toEqual({ reads: 0, commits: 1 })
    expect(await scene.writes()).toHaveLength(64)
  })

  it('loading the tip is one read for who has written or read it, at most two for others', async () => {
    await scene.chat(200)
    await scene.write(199, 'task', { messages: [say('pending', long(1))] })
    expect(await store.during(() => scene.load())).toEqual({ reads: 1, commits: 0 })
    const other = new Scene(store)
    const cold = await store.during(() => other.load())
    expect(cold.commits).toBe(0)
    expect(cold.reads).toBeLessThanOrEqual(2)
    expect(await store.during(() => other.load())).toEqual({ reads: 1, commits: 0 })
  })

  it('loading any checkpoint is at most two reads', async () => {
    await scene.chat(200)
    for (const n of [0, 10, 64, 130, 199]) {
      const other = new Scene(store)
      expect((await store.during(() => other.load(n))).reads).toBeLessThanOrEqual(2)
    }
  })

  it('loading what is not there is one read', async () => {
    expect(await store.during(() => scene.load())).toEqual({ reads: 1, commits: 0 })
  })

  it('a turn of a process that knows the session nothing of is two reads and its commits', async () => {
    await scene.chat(40)
    const other = new Scene(store)
    const calls = await store.during(async () => {
      const messages = (await other.channels())?.messages as unknown[]
      await other.put(40, 39, { messages: [...messages, say('m40')] })
      await other.write(40, 'task', { messages: [say('m41')] })
      await other.put(41, 40, { messages: [...messages, say('m40'), say('m41')] })
    })
    expect(calls).toEqual({ reads: 2, commits: 3 })
  })

  it('a list reads a page of checkpoints at a time, and entries once', async () => {
    await scene.chat(300)
    const other = new Scene(store)
    const calls = await store.during(() => other.ids())
    expect(calls.reads).toBeLessThanOrEqual(12)
  })

  it('a list that nobody follows to its end reads no more than was asked for', async () => {
    await scene.chat(600)
    const calls = await store.during(async () => {
      const other = new Scene(store)
      let left = 20
      for await (const _ of other.engine.list('chat', {})) if (--left === 0) break
    })
    expect(calls.reads).toBeLessThanOrEqual(6)
  })

  it('the ancestors of a checkpoint are read a page at a time', async () => {
    await scene.chat(300)
    const other = new Scene(store)
    const calls = await store.during(async () => {
      let count = 0
      for await (const _ of other.engine.ancestors('chat', '', '1f0000299')) count++
      expect(count).toBe(299)
    })
    expect(calls.reads).toBeLessThanOrEqual(12)
  })
})

describe('what is stored', () => {
  const partition = { tenant: 'default', id: 'chat' }

  it('stays in few segments, though the process forgets the session between its turns', async () => {
    const store = new HookedStore(memoryStore())
    const scene = new Scene(store, { cacheSessions: 1 })
    const other = new Scene(scene.engine, { session: 'other' })
    for (let n = 0; n < 150; n++) {
      const { messages = [], log = [] } = ((await scene.channels()) ?? {}) as Record<string, unknown[]>
      const changed = { messages: [...messages, say(`m${n}`, noise())], log: [...log, noise()] }
      await scene.put(n, n === 0 ? undefined : n - 1, changed)
      await other.load()
    }
    const rows = await allRows(store, partition, 'm/')
    expect(new Set(rows.map(({ key }) => key.split('/')[1])).size).toBe(2)
    expect(rows.length).toBeLessThanOrEqual(100)
  })

  it('of a map that is edited in its middle stays in few segments, though each turn has a process of its own', async () => {
    const store = new HookedStore(memoryStore())
    for (let n = 0; n < 150; n++) {
      const scene = new Scene(store)
      const before = ((await scene.channels())?.files ?? {}) as Record<string, unknown>
      const update = { [`file${n % 9}`]: long(n) }
      const parent = n === 0 ? undefined : n - 1
      if (parent !== undefined) await scene.write(parent, 'task', { files: update })
      await scene.put(n, parent, { files: { ...before, ...update } })
    }
    const rows = await allRows(store, partition, 'm/')
    expect(new Set(rows.map(({ key }) => key.split('/')[1])).size).toBeLessThanOrEqual(5)
    const chars = rows.reduce((sum, { value }) => sum + value.length, 0)
    expect(chars).toBeLessThanOrEqual(150 * long(100).length * 1.2)
  })
})
