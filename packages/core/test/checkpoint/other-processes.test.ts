import { createStore, type Store, type StoreDriver } from '@everthread/core'
import { memoryDriver } from '@everthread/core/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Candidate } from '../../src/checkpoint/prune-scan.ts'
import { allRows, HookedStore, once } from './hooked-store.ts'
import { checkpointId, Scene, say } from './scene.ts'

const partition = { tenant: 'default', id: 'chat' }
const long = (n: number): string => `words ${n} `.repeat(200)

/** Keeps the checkpoints with these numbers. */
const keep =
  (...numbers: number[]) =>
  (candidates: Candidate[]): Set<Candidate> =>
    new Set(candidates.filter(({ record }) => numbers.some((n) => checkpointId(n) === record.id)))

let driver: StoreDriver
let mine: HookedStore
let theirs: HookedStore
let here: Scene
let there: Scene

beforeEach(() => {
  driver = memoryDriver()
  const open = (): Store => createStore(driver)
  mine = new HookedStore(open())
  theirs = new HookedStore(open())
  here = new Scene(mine)
  there = new Scene(theirs)
})

describe('two processes on one session', () => {
  it('fork where they put on the same checkpoint, and lose nothing', async () => {
    const first = await here.chat(1)
    await there.load()
    await Promise.all([
      here.put(1, 0, { messages: [...first, say('mine')] }),
      there.put(2, 0, { messages: [...first, say('theirs')] }),
    ])
    for (const scene of [here, there, new Scene(mine)]) {
      expect(await scene.channels(1)).toEqual({ messages: [...first, say('mine')] })
      expect(await scene.channels(2)).toEqual({ messages: [...first, say('theirs')] })
    }
  })

  it('may both begin it', async () => {
    await Promise.all([here.put(0, undefined, { a: 'mine' }), there.put(1, undefined, { a: 'theirs' })])
    expect(await here.ids()).toEqual([checkpointId(1), checkpointId(0)])
    expect((await here.engine.session('chat'))?.counts.checkpoints).toBe(2)
  })

  it('take turns over hundreds of checkpoints, and seal them all the same', async () => {
    let messages: unknown[] = []
    for (let n = 0; n < 300; n++) {
      const [writer, other] = n % 2 === 0 ? [here, there] : [there, here]
      messages = ((await writer.channels())?.messages ?? []) as unknown[]
      messages = [...messages, say(`m${n}`)]
      await writer.put(n, n === 0 ? undefined : n - 1, { messages })
      await other.write(n, 'task', { a: `write ${n}` })
    }
    expect((await allRows(mine, partition, 'c/')).length).toBeLessThanOrEqual(80)
    const reader = new Scene(mine)
    for (let n = 0; n < 300; n += 7) {
      expect(await reader.channels(n)).toEqual({ messages: messages.slice(0, n + 1) })
      expect(await reader.writes(n)).toEqual([['task', 0, 'a', `write ${n}`]])
    }
  })

  it('keep an ordinary write as the first of them stored it', async () => {
    await here.put(0, undefined, { a: 0 })
    await there.load()
    await here.write(0, 'task', { a: 'mine' })
    await there.write(0, 'task', { a: 'theirs' })
    expect(await there.writes(0)).toEqual([['task', 0, 'a', 'mine']])
  })

  it('see what the other appended, whatever either has in memory', async () => {
    let messages = await here.chat(20)
    for (let n = 20; n < 60; n++) {
      const writer = n % 3 === 0 ? there : here
      const before = (await writer.channels())?.messages as typeof messages
      expect(before).toEqual(messages)
      messages = [...before, say(`m${n}`, long(n))]
      await writer.put(n, n - 1, { messages })
    }
  })
})

describe('a session deleted elsewhere while a run writes to it', () => {
  beforeEach(async () => {
    await here.chat(3)
    await there.engine.delete('chat')
  })

  it('stays deleted: the next checkpoint is refused with CHECKPOINT_GONE', async () => {
    await expect(here.put(3, 2, { a: 1 })).rejects.toMatchObject({ code: 'CHECKPOINT_GONE', committed: 'no' })
    expect(await allRows(mine, partition)).toEqual([])
    expect(await here.load()).toBeUndefined()
  })

  it('stays deleted: pending writes are refused with CHECKPOINT_GONE', async () => {
    await expect(here.write(2, 'task', { a: long(1) })).rejects.toMatchObject({ code: 'CHECKPOINT_GONE' })
    expect(await allRows(mine, partition)).toEqual([])
  })

  it('can be begun anew', async () => {
    await here.put(9, undefined, { messages: [say('new')] })
    await here.write(9, 'task', { a: 1 })
    expect(await there.channels()).toEqual({ messages: [say('new')] })
    expect(await there.ids()).toEqual([checkpointId(9)])
  })
})

describe('a session pruned elsewhere while a run writes to it', () => {
  it('takes the next checkpoint, if the one before it was kept', async () => {
    const messages = await here.chat(5)
    await there.engine.prune('chat', keep(4))
    await here.put(5, 4, { messages: [...messages, say('next')] })
    await here.write(5, 'task', { messages: [say('written')] })
    const reader = new Scene(mine)
    expect(await reader.channels()).toEqual({ messages: [...messages, say('next')] })
    expect(await reader.ids()).toEqual([checkpointId(5), checkpointId(4)])
  })

  it('refuses a checkpoint on one that is gone', async () => {
    await here.chat(5)
    await there.engine.prune('chat', keep(4))
    await expect(here.put(5, 2, { a: 1 })).rejects.toMatchObject({ code: 'CHECKPOINT_GONE', committed: 'no' })
  })

  it('refuses it also after a look at the session', async () => {
    await here.put(0, undefined, { messages: [say('gone', long(0))] })
    await here.put(1, 0, { messages: [say('kept', long(1))] })
    await there.engine.prune('chat', keep(1))
    await here.load()
    await expect(here.put(2, 0, { a: 1 })).rejects.toMatchObject({ code: 'CHECKPOINT_GONE', committed: 'no' })
    expect(await here.ids()).toEqual([checkpointId(1)])
  })

  it('stores anew what a pending write repeats of a removed one', async () => {
    await here.put(0, undefined, { a: 0 })
    await here.write(0, 'task', { note: long(7) })
    await here.put(1, undefined, { a: 1 })
    await there.engine.prune('chat', keep(1))
    await here.write(1, 'task', { note: long(7) })
    expect(await new Scene(mine).writes(1)).toEqual([['task', 0, 'note', long(7)]])
  })

  it.each([
    ['before anything is removed', 1],
    ['before entries are removed', 2],
  ])('keeps pending writes that come in %s', async (_, commit) => {
    let messages = await here.chat(3)
    await here.put(3, 2, { messages: [say('other', long(3))] })
    messages = [say('other', long(3))]
    await here.write(3, 'task', { note: long(1) })
    let commits = 0
    theirs.beforeCommit = once(
      () => ++commits === commit,
      () => here.write(3, 'late', { note: long(2), messages: [say('m0')] }),
    )
    await there.engine.prune('chat', keep(3))
    const reader = new Scene(mine)
    expect(await reader.channels()).toEqual({ messages })
    expect(await reader.writes()).toEqual([
      ['late', 0, 'note', long(2)],
      ['late', 1, 'messages', [say('m0')]],
      ['task', 0, 'note', long(1)],
    ])
  })

  it('keeps pending writes that come in while it is being read', async () => {
    await here.chat(3)
    await here.put(3, 2, { messages: [say('other', long(3))] })
    for (let read = 0; read < 6; read++) {
      let reads = 0
      theirs.beforeRead = once(
        () => reads++ === read,
        () => here.write(3, `late${read}`, { note: long(20 + read) }),
      )
      await there.engine.prune('chat', keep(3))
    }
    const expected = [0, 1, 2, 3, 4, 5].map((read) => [`late${read}`, 0, 'note', long(20 + read)])
    const writes = (await new Scene(mine).writes()) as unknown[]
    for (const write of writes) expect(expected).toContainEqual(write)
    expect(writes.length).toBeGreaterThanOrEqual(3)
  })

  it('keeps a checkpoint that comes in while it is being pruned', async () => {
    const messages = await here.chat(5)
    const put = once<unknown>(
      () => true,
      () => here.put(5, 4, { messages: [...messages, say('next')] }),
    )
    theirs.beforeCommit = put
    await there.engine.prune('chat', (all) => new Set(all.filter(({ record }) => record.id >= checkpointId(4))))
    expect(await new Scene(mine).channels()).toEqual({ messages: [...messages, say('next')] })
  })

  it('gives up with CONFLICT when it is written to without end', async () => {
    await here.chat(5)
    let n = 5
    theirs.beforeCommit = () => here.put(n, n++ - 1, { a: n })
    await expect(there.engine.prune('chat', keep(0))).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})

describe('reading a session while another process prunes it', () => {
  const prunedBefore = (read: number): void => {
    let reads = 0
    mine.beforeRead = once(
      () => reads++ === read,
      async () => {
        await there.engine.prune('chat', keep(3))
      },
    )
  }

  beforeEach(async () => {
    for (let n = 0; n < 4; n++) await there.put(n, n === 0 ? undefined : n - 1, { note: long(n) })
  })

  it('finds no checkpoint where one was removed between two trips', async () => {
    prunedBefore(1)
    expect(await here.load(1)).toBeUndefined()
  })

  it('still finds the ones that were kept', async () => {
    prunedBefore(1)
    expect(await here.channels(3)).toEqual({ note: long(3) })
  })

  it('lists what is left', async () => {
    prunedBefore(3)
    const ids = await here.ids()
    expect(ids[0]).toBe(checkpointId(3))
    expect(ids.length).toBeLessThan(4)
  })

  it('finds entries again that were moved into a larger chunk between two trips', async () => {
    const messages = await there.chat(200, 4)
    let reads = 0
    mine.beforeRead = once(
      () => reads++ === 1,
      async () => {
        let all = messages
        for (let n = 204; n < 270; n++) {
          all = [...all, say(`m${n}`, long(n))]
          await there.put(n, n - 1, { messages: all })
        }
      },
    )
    expect((await here.channels(203))?.messages).toEqual(messages)
  })
})
