import { memoryStore } from '@everthread/core/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { allRows, HookedStore } from './hooked-store.ts'
import { Scene, say } from './scene.ts'

const partition = { tenant: 'default', id: 'chat' }

describe('a session of twenty messages', () => {
  let store: HookedStore
  let scene: Scene

  beforeEach(() => {
    store = new HookedStore(memoryStore())
    scene = new Scene(store)
  })

  it('comes to a few rows, though each of its messages was put alone', async () => {
    const messages = await scene.chat(20)
    expect((await allRows(store, partition, 'm/')).length).toBeLessThanOrEqual(6)
    expect((await allRows(store, partition, 'c/')).length).toBeLessThanOrEqual(10)
    expect(await new Scene(store).channels()).toEqual({ messages })
    expect(await new Scene(store).channels(7)).toEqual({ messages: messages.slice(0, 8) })
  })

  it('is loaded in one round trip by a process that has never seen it', async () => {
    const messages = await scene.chat(20)
    const fresh = new Scene(store)
    const trips = await store.during(async () => expect(await fresh.channels()).toEqual({ messages }))
    expect(trips).toEqual({ reads: 1, commits: 0 })
  })

  it('comes to as few when two processes put them in turn', async () => {
    const other = new Scene(store)
    let messages: unknown[] = []
    for (let n = 0; n < 20; n++) {
      const writer = n % 2 === 0 ? scene : other
      messages = [...(((await writer.channels())?.messages ?? []) as unknown[]), say(`m${n}`)]
      await writer.put(n, n === 0 ? undefined : n - 1, { messages })
    }
    expect((await allRows(store, partition, 'm/')).length).toBeLessThanOrEqual(6)
    expect((await allRows(store, partition, 'c/')).length).toBeLessThanOrEqual(12)
    expect(await new Scene(store).channels()).toEqual({ messages })
  })

  it('keeps every entry while one process merges chunks that another knows singly', async () => {
    const messages = await scene.chat(4)
    const other = new Scene(store)
    await other.channels()
    const longer = await other.chat(7, 4, messages)
    const all = [...longer, say('m11')]
    await other.put(11, 10, { messages: all })
    const last = await scene.chat(9, 12, all)
    const reader = new Scene(store, { cacheBytes: 0 })
    expect(await reader.channels()).toEqual({ messages: last })
    expect(await reader.channels(10)).toEqual({ messages: longer })
  })
})
