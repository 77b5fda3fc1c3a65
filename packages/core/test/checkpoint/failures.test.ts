import { createStore, EverthreadError, type Partition, type Store, type StoreDriver } from '@everthread/core'
import { memoryDriver } from '@everthread/core/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { allRows, HookedStore, once } from './hooked-store.ts'
import { Scene, say } from './scene.ts'

const partition: Partition = { tenant: 'default', id: 'chat' }
const MB = 1024 * 1024

/** Text that no compression shortens much. */
const noise = (chars: number): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(60_000)))
    .toString('base64')
    .repeat(Math.ceil(chars / 80_000))
    .slice(0, chars)

const freshNoise = (chars: number): string => {
  let text = ''
  while (text.length < chars) text += noise(80_000)
  return text.slice(0, chars)
}

let driver: StoreDriver
let store: HookedStore
let scene: Scene

beforeEach(() => {
  driver = memoryDriver()
  store = new HookedStore(createStore(driver))
  scene = new Scene(store)
})

describe('a put larger than one commit', () => {
  it('is stored in stages, and read back', async () => {
    const messages = Array.from({ length: 200 }, (_, n) => say(`m${n}`, freshNoise(100_000)))
    await scene.put(0, undefined, { messages })
    expect(store.calls.commits).toBeGreaterThan(2)
    expect(await new Scene(store).channels()).toEqual({ messages })
    await scene.put(1, 0, { messages: [...messages, say('next')] })
    expect(await new Scene(store).channels(1)).toEqual({ messages: [...messages, say('next')] })
  })

  it('may be so by several channels together', async () => {
    const channels = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, freshNoise(2 * MB)]))
    await scene.put(0, undefined, channels)
    expect(await new Scene(store).channels()).toEqual(channels)
  })

  it('shows nothing until its last commit, and leaves nothing when that is refused', async () => {
    await scene.put(0, undefined, { a: 1 })
    const messages = Array.from({ length: 100 }, (_, n) => say(`m${n}`, freshNoise(100_000)))
    const other = new Scene(createStore(driver))
    await other.load()
    const seen: unknown[] = []
    store.beforeCommit = async ({ expect: expects }) => {
      seen.push(await new Scene(createStore(driver)).channels())
      if (expects?.length) await other.put(1, 0, { a: 2 })
      if (expects?.length) store.beforeCommit = undefined
    }
    await scene.put(2, 0, { messages })
    expect(new Set(seen.map((channels) => JSON.stringify(channels)))).toEqual(new Set(['{"a":1}']))
    expect(await new Scene(store).channels(2)).toEqual({ a: 1, messages })
    const heads = (await allRows(store, partition, 'm/')).filter(({ key }) => key.split('/').length === 2)
    const segments = new Set((await allRows(store, partition, 'm/')).map(({ key }) => key.split('/')[1]))
    expect(segments.size).toBe(heads.length)
  })
})

describe('a value larger than a commit', () => {
  it('is refused with COMMIT_TOO_LARGE, and nothing of it stays', async () => {
    await scene.put(0, undefined, { a: 1 })
    const before = await allRows(store, partition)
    const refused = scene.put(1, 0, {
      a: 2,
      messages: [say('fine', freshNoise(4 * MB)), say('large', freshNoise(12 * MB))],
    })
    await expect(refused).rejects.toMatchObject({ code: 'COMMIT_TOO_LARGE', committed: 'no' })
    expect(await allRows(store, partition)).toEqual(before)
  })

  it('does not take along what was put beside it', async () => {
    await scene.put(0, undefined, { a: 1 })
    const [large, fine, write] = await Promise.allSettled([
      scene.put(1, 0, { a: freshNoise(12 * MB) }),
      scene.put(2, 0, { a: 'fine' }),
      scene.write(0, 'task', { a: 'written' }),
    ])
    expect([large.status, fine.status, write.status]).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    const reader = new Scene(store)
    expect(await reader.channels(1)).toBeUndefined()
    expect(await reader.channels(2)).toEqual({ a: 'fine' })
    expect(await reader.writes(0)).toEqual([['task', 0, 'a', 'written']])
  })

  it('is refused in pending writes, too', async () => {
    await scene.put(0, undefined, { a: 1 })
    const refused = scene.write(0, 'task', { a: freshNoise(12 * MB) })
    await expect(refused).rejects.toMatchObject({ code: 'COMMIT_TOO_LARGE', committed: 'no' })
    await scene.write(0, 'task', { a: 'smaller' })
    expect(await new Scene(store).writes()).toEqual([['task', 0, 'a', 'smaller']])
  })
})

describe('a store that fails', () => {
  const failure = (committed: 'no' | 'unknown'): EverthreadError =>
    new EverthreadError('STORE_UNAVAILABLE', 'The database did not answer', { committed })

  it.each([
    ['before the commit', 'unknown', 'beforeCommit'],
    ['after the commit', 'unknown', 'afterCommit'],
    ['before the commit, and says so', 'no', 'beforeCommit'],
  ] as const)('%s fails the put, and the session goes on', async (_, committed, hook) => {
    let messages = await scene.chat(3)
    await scene.write(2, 'task', { messages: [say('m3')] })
    const fail = once<unknown>(
      () => true,
      () => {
        throw failure(committed)
      },
    )
    store[hook] = fail
    const lost = scene.put(3, 2, { messages: [...messages, say('m3')] })
    await expect(lost).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', committed })
    messages = [...messages, say('m3')]
    await scene.put(3, 2, { messages })
    await scene.write(3, 'task', { messages: [say('m4')] })
    messages = [...messages, say('m4')]
    await scene.put(4, 3, { messages })
    for (const reader of [scene, new Scene(store)]) {
      expect(await reader.channels(3)).toEqual({ messages: messages.slice(0, 4) })
      expect(await reader.channels(4)).toEqual({ messages })
      expect(await reader.ids()).toHaveLength(5)
    }
    expect((await scene.engine.session('chat'))?.counts).toEqual({ checkpoints: 5, messages: 5 })
  })

  it('with an error of its own kind counts as unknown', async () => {
    const messages = await scene.chat(2)
    store.afterCommit = once(
      () => true,
      () => {
        throw new TypeError('cannot read properties of undefined')
      },
    )
    await expect(scene.put(2, 1, { messages: [...messages, say('m2')] })).rejects.toThrow(TypeError)
    await scene.put(3, 1, { messages: [...messages, say('other')] })
    expect(await scene.channels(3)).toEqual({ messages: [...messages, say('other')] })
    expect(await scene.channels(2)).toEqual({ messages: [...messages, say('m2')] })
  })

  it('in the middle of a staged put leaves the session as it was', async () => {
    const messages = await scene.chat(2)
    const before = await allRows(store, partition)
    let commits = 0
    store.beforeCommit = once(
      () => ++commits === 3,
      () => {
        throw failure('no')
      },
    )
    const many = Array.from({ length: 100 }, (_, n) => say(`n${n}`, freshNoise(100_000)))
    await expect(scene.put(2, 1, { messages: [...messages, ...many] })).rejects.toMatchObject({ committed: 'no' })
    expect(await allRows(store, partition)).toEqual(before)
    await scene.put(2, 1, { messages: [...messages, say('m2')] })
    expect(await new Scene(store).channels()).toEqual({ messages: [...messages, say('m2')] })
  })

  it('in a read fails the load alone', async () => {
    const messages = await scene.chat(2)
    const reader = new Scene(store)
    store.beforeRead = once(
      () => true,
      () => {
        throw new EverthreadError('STORE_UNAVAILABLE', 'The database did not answer')
      },
    )
    await expect(reader.load()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(await reader.channels()).toEqual({ messages })
  })
})

describe('a lease that is no longer held', () => {
  it('refuses the put with FENCED, and lets others through that were waiting beside it', async () => {
    await scene.put(0, undefined, { a: 1 })
    const fence = { key: 'lease', rev: () => 1, holds: () => false }
    const fenced = scene.engine.put('chat', {
      namespace: '',
      id: 'z',
      parentId: undefined,
      header: 0,
      changed: new Map([['a', 2]]),
      emptied: new Set(),
      carries: () => true,
      needsParent: false,
      userId: undefined,
      metadata: undefined,
      fence,
    })
    const beside = scene.write(0, 'task', { a: 3 })
    await expect(fenced).rejects.toMatchObject({ code: 'FENCED', committed: 'no' })
    await beside
    expect(await scene.writes()).toEqual([['task', 0, 'a', 3]])
    expect(await scene.channels()).toEqual({ a: 1 })
  })
})

describe('without a cache', () => {
  it('everything reads and writes the same', async () => {
    const bare = new Scene(store, { cacheBytes: 0 })
    const messages = await bare.chat(100)
    const forked = [...messages.slice(0, 50), say('edited'), ...messages.slice(51)]
    await bare.put(100, 99, { messages: forked })
    await new Scene(store, { cacheBytes: 0 }).put(101, 100, { messages: [...forked, say('more')] })
    expect(await bare.channels(101)).toEqual({ messages: [...forked, say('more')] })
    expect(await bare.channels(99)).toEqual({ messages })
    expect(await bare.ids()).toHaveLength(102)
  })
})

describe('a session id', () => {
  it('that is empty is refused with ID_INVALID', async () => {
    const nobody = new Scene(store, { session: '' })
    await expect(async () => nobody.load()).rejects.toMatchObject({ code: 'ID_INVALID' })
  })
})

describe('damage in the database', () => {
  const damaged = (change: (stored: Uint8Array) => Uint8Array | undefined, matches: (key: string) => boolean): Store =>
    createStore({
      ...bind(driver),
      async read(where, reads) {
        const snapshot = await driver.read(where, reads)
        const rows = snapshot.rows.map((list) =>
          list.flatMap((row) => {
            if (!matches(row.key)) return [row]
            const value = change(row.value)
            return value ? [{ ...row, value }] : []
          }),
        )
        return { ...snapshot, rows }
      },
    })
  const cut = (stored: Uint8Array): Uint8Array => stored.subarray(0, stored.length >> 1)
  const flip = (stored: Uint8Array): Uint8Array => {
    const copy = Uint8Array.from(stored)
    copy[stored.length >> 1] = (copy[stored.length >> 1] ?? 0) ^ 4
    return copy
  }
  const missing = (): undefined => undefined
  const isChunk = (key: string): boolean => key.startsWith('m/') && key.split('/').length === 3
  const isBlock = (key: string): boolean => key.startsWith('c/')
  const isWrite = (key: string): boolean => key.startsWith('w/')
  const isTip = (key: string): boolean => key.startsWith('t/')
  const isSession = (key: string): boolean => key === 's'

  beforeEach(async () => {
    await scene.chat(150)
    await scene.write(149, 'task', { messages: [say('written')] })
  })

  it.each([
    ['a chunk of entries cut short', cut, isChunk, 'VALUE_CORRUPT'],
    ['a chunk of entries with a flipped bit', flip, isChunk, 'VALUE_CORRUPT'],
    ['a missing chunk of entries', missing, isChunk, 'CHECKPOINT_CORRUPT'],
    ['a checkpoint cut short', cut, isBlock, 'VALUE_CORRUPT'],
    ['a checkpoint with a flipped bit', flip, isBlock, 'VALUE_CORRUPT'],
    ['a missing newest checkpoint', missing, isBlock, 'CHECKPOINT_CORRUPT'],
    ['a pending write cut short', cut, isWrite, 'VALUE_CORRUPT'],
    ['a tip cut short', cut, isTip, 'VALUE_CORRUPT'],
    ['a session row with a flipped bit', flip, isSession, 'VALUE_CORRUPT'],
  ] as const)('%s is one clear error', async (_, change, matches, code) => {
    const reader = new Scene(damaged(change, matches))
    await expect(reader.load()).rejects.toMatchObject({ code })
  })

  it.each([
    ['a sealed block', isBlock],
    ['a chunk of entries', isChunk],
  ] as const)('%s that is damaged spoils a list with one clear error', async (_, matches) => {
    const reader = new Scene(damaged(flip, matches))
    await expect(reader.ids()).rejects.toMatchObject({ code: 'VALUE_CORRUPT' })
  })

  it.each([
    ['a checkpoint', isBlock, '{"i":"1f0'],
    ['a pending write', isWrite, '["task",0'],
    ['a tip', isTip, '{"o":'],
    ['a session row', isSession, '[]'],
    ['a chunk of entries', isChunk, '{"role"'],
    ['a head of a segment', (key: string) => key.startsWith('m/') && !isChunk(key), '{'],
  ] as const)('%s that is whole but makes no sense is one clear error', async (_, matches, text) => {
    const nonsense = (): Uint8Array => {
      const stored = createStore(driver).codec.encode(Buffer.from(text), { partition, key: 'any' })
      return Uint8Array.from(stored)
    }
    const reader = new Scene(damaged(nonsense, matches))
    const error: unknown = await reader
      .load()
      .then(() => reader.put(200, 149, { messages: [say('x')] }))
      .then(() => undefined)
      .catch((thrown) => thrown)
    expect(error).toMatchObject({ code: expect.stringMatching(/_CORRUPT$/) })
  })
})

describe('copying a session', () => {
  const copy = { tenant: 'default', id: 'copy' }

  it('gives an equal one that goes its own way', async () => {
    const messages = await scene.chat(150)
    await scene.write(149, 'task', { messages: [say('written')] })
    await scene.engine.copies.copy('chat', 'copy')
    const copied = new Scene(store, { session: 'copy' })
    expect(await copied.ids()).toEqual(await scene.ids())
    expect(await copied.channels()).toEqual({ messages })
    expect(await copied.writes()).toEqual(await scene.writes())
    await copied.put(150, 149, { messages: [...messages, say('copy')] })
    await scene.put(150, 149, { messages: [...messages, say('original')] })
    expect(await copied.channels()).toEqual({ messages: [...messages, say('copy')] })
    expect(await scene.channels()).toEqual({ messages: [...messages, say('original')] })
  })

  it('that is cut off half way shows nothing, and can be begun again', async () => {
    const messages = Array.from({ length: 100 }, (_, n) => say(`m${n}`, freshNoise(100_000)))
    await scene.put(0, undefined, { messages })
    let commits = 0
    store.beforeCommit = once(
      () => ++commits === 3,
      () => {
        throw new EverthreadError('STORE_UNAVAILABLE', 'The database did not answer', { committed: 'unknown' })
      },
    )
    await expect(scene.engine.copies.copy('chat', 'copy')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect((await allRows(store, copy)).length).toBeGreaterThan(0)
    const copied = new Scene(store, { session: 'copy' })
    expect(await copied.load()).toBeUndefined()
    expect(await copied.engine.session('copy')).toBeUndefined()
    expect((await scene.engine.sessions({ limit: 10 })).ids).toEqual(['chat'])
    await scene.engine.copies.copy('chat', 'copy')
    expect(await copied.channels()).toEqual({ messages })
  })

  it('takes what is written to it meanwhile, or nothing', async () => {
    const messages = await scene.chat(20)
    let reads = 0
    const other = new Scene(createStore(driver))
    store.beforeRead = once(
      () => reads++ === 2,
      () => other.write(19, 'task', { note: freshNoise(2_000) }),
    )
    await scene.engine.copies.copy('chat', 'copy')
    const copied = new Scene(store, { session: 'copy' })
    expect(await copied.channels()).toEqual({ messages })
    expect(await copied.writes()).toEqual(await scene.writes())
  })

  it('of nothing, or onto another session, is refused', async () => {
    await scene.chat(2)
    await new Scene(store, { session: 'copy' }).chat(1)
    await expect(scene.engine.copies.copy('nothing', 'new')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    await expect(scene.engine.copies.copy('chat', 'copy')).rejects.toMatchObject({ code: 'SESSION_EXISTS' })
  })

  it('gives up with CONFLICT when the session is written to without end', async () => {
    await scene.chat(2)
    const other = new Scene(createStore(driver))
    let n = 2
    store.beforeCommit = () => other.put(n, n++ - 1, { a: n })
    await expect(scene.engine.copies.copy('chat', 'copy')).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})

function bind(one: StoreDriver): StoreDriver {
  return {
    read: (...args) => one.read(...args),
    commit: (...args) => one.commit(...args),
    drop: (...args) => one.drop(...args),
    query: (...args) => one.query(...args),
    watch: (...args) => one.watch(...args),
    close: () => one.close(),
  }
}
