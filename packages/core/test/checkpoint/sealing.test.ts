import { memoryStore } from '@everthread/core/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { allRows, HookedStore } from './hooked-store.ts'
import { checkpointId, Scene, say } from './scene.ts'

const partition = { tenant: 'default', id: 'chat' }

describe('sealing', () => {
  let store: HookedStore
  let scene: Scene

  beforeEach(() => {
    store = new HookedStore(memoryStore())
    scene = new Scene(store)
  })

  it('folds open checkpoints and their writes into blocks, and keeps every one readable', async () => {
    const messages: unknown[] = []
    for (let n = 0; n < 200; n++) {
      messages.push(say(`m${n}`))
      await scene.put(n, n === 0 ? undefined : n - 1, { messages: [...messages] })
      await scene.write(n, 'task', { messages: [say(`m${n + 1}`)] })
    }
    expect((await allRows(store, partition, 'c/')).length).toBeLessThanOrEqual(70)
    expect((await allRows(store, partition, 'w/')).length).toBeLessThanOrEqual(70)
    const reader = new Scene(store)
    for (const n of [0, 1, 63, 64, 65, 127, 128, 199]) {
      expect(await reader.channels(n)).toEqual({ messages: messages.slice(0, n + 1) })
      expect(await reader.writes(n)).toEqual([['task', 0, 'messages', [say(`m${n + 1}`)]]])
    }
    expect(await reader.ids()).toEqual(Array.from({ length: 200 }, (_, n) => checkpointId(199 - n)))
  })

  it('is done by a process that opens the session late, too', async () => {
    for (let n = 0; n < 150; n++) {
      const fresh = new Scene(store)
      const messages = ((await fresh.channels())?.messages ?? []) as unknown[]
      await fresh.put(n, n === 0 ? undefined : n - 1, { messages: [...messages, say(`m${n}`)] })
      await fresh.write(n, 'task', { notes: `note ${n}` })
    }
    expect((await allRows(store, partition, 'c/')).length).toBeLessThanOrEqual(80)
    expect((await scene.ids()).length).toBe(150)
    expect(await scene.writes(3)).toEqual([['task', 0, 'notes', 'note 3']])
  })

  it('leaves room for an ordinary write that comes later, and keeps the first of its kind', async () => {
    await scene.put(0, undefined, { a: 1 })
    await scene.write(0, 'task', { a: 'first' })
    for (let n = 1; n < 100; n++) await scene.put(n, n - 1, { a: n })
    const late = new Scene(store)
    await late.write(0, 'task', { a: 'again' })
    await late.write(0, 'other', { a: 'late' })
    const writes = [
      ['other', 0, 'a', 'late'],
      ['task', 0, 'a', 'first'],
    ]
    expect(await late.writes(0)).toEqual(writes)
    expect(await scene.writes(0)).toEqual(writes)
    const listed: unknown[] = []
    for await (const { id, writes: found } of scene.engine.list('chat', {}))
      if (id === checkpointId(0)) listed.push(...found)
    expect(listed).toMatchObject([{ value: 'late' }, { value: 'first' }])
  })

  it('lets a special write be replaced after it was sealed', async () => {
    await scene.put(0, undefined, { a: 1 })
    await scene.write(0, 'task', { interrupt: 'which one?' }, -3)
    for (let n = 1; n < 100; n++) await scene.put(n, n - 1, { a: n })
    expect(await scene.writes(0)).toEqual([['task', -3, 'interrupt', 'which one?']])
    await scene.write(0, 'task', { interrupt: 'the other one?' }, -3)
    expect(await scene.writes(0)).toEqual([['task', -3, 'interrupt', 'the other one?']])
    expect(await new Scene(store).writes(0)).toEqual([['task', -3, 'interrupt', 'the other one?']])
  })

  it('keeps a special write that replaces another before sealing', async () => {
    await scene.put(0, undefined, { a: 1 })
    await scene.write(0, 'task', { interrupt: 'one' }, -3)
    await scene.write(0, 'task', { interrupt: 'two' }, -3)
    for (let n = 1; n < 100; n++) await scene.put(n, n - 1, { a: n })
    expect(await scene.writes(0)).toEqual([['task', -3, 'interrupt', 'two']])
  })

  it('goes on when one checkpoint has more writes than fit into a commit', async () => {
    await scene.put(0, undefined, { a: 0 })
    const tasks = Array.from({ length: 3_500 }, (_, i) => scene.write(0, `task${i}`, { a: i }))
    await Promise.all(tasks)
    for (let n = 1; n < 200; n++) await scene.put(n, n - 1, { a: n })
    expect((await allRows(store, partition, 'c/')).length).toBeLessThanOrEqual(70)
    expect((await new Scene(store).writes(0))?.length).toBe(3_500)
  })

  it('makes no block that is too large for a commit', async () => {
    const incompressible = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString('base64')
    const headers: string[] = []
    for (let n = 0; n < 120; n++) {
      headers.push(`${incompressible()}${incompressible()}${incompressible()}`)
      await scene.put(n, n === 0 ? undefined : n - 1, { a: n }, { header: headers[n] })
    }
    expect((await new Scene(store).load(7))?.header).toBe(headers[7])
    expect((await allRows(store, partition, 'c/')).length).toBeLessThanOrEqual(80)
  })
})

describe('a checkpoint whose id falls among sealed ones', () => {
  let store: HookedStore
  let scene: Scene

  beforeEach(async () => {
    store = new HookedStore(memoryStore())
    scene = new Scene(store)
    for (let n = 10; n < 300; n += 2) await scene.put(n, n === 10 ? undefined : n - 2, { a: n })
  })

  it('is stored, found and listed in its place', async () => {
    await scene.put(51, 50, { a: 'between' })
    expect(await scene.channels(51)).toEqual({ a: 'between' })
    expect(await new Scene(store).channels(51)).toEqual({ a: 'between' })
    expect(await scene.channels(50)).toEqual({ a: 50 })
    expect(await scene.channels(52)).toEqual({ a: 52 })
    const ids = await scene.ids()
    expect(ids).toEqual(ids.toSorted().toReversed())
    expect(ids).toHaveLength(146)
  })

  it('may come before all others', async () => {
    await scene.put(3, undefined, { a: 'before' })
    await scene.put(2, undefined, { a: 'even before' })
    const reader = new Scene(store)
    expect(await reader.channels(2)).toEqual({ a: 'even before' })
    expect(await reader.channels(3)).toEqual({ a: 'before' })
    expect(await reader.channels(10)).toEqual({ a: 10 })
    expect((await reader.ids()).slice(-3)).toEqual([checkpointId(10), checkpointId(3), checkpointId(2)])
  })

  it('does not become the tip', async () => {
    await scene.put(51, 50, { a: 'between' })
    expect((await scene.load())?.id).toBe(checkpointId(298))
  })

  it('keeps its sealed writes when it is put again', async () => {
    const other = new Scene(store, { session: 'other' })
    for (let n = 0; n < 100; n++) {
      await other.put(n, n === 0 ? undefined : n - 1, { a: n })
      await other.write(n, 'task', { a: `write ${n}` })
    }
    await other.put(7, 6, { a: 'again' })
    const reader = new Scene(store, { session: 'other' })
    expect(await reader.channels(7)).toEqual({ a: 'again' })
    expect(await reader.writes(7)).toEqual([['task', 0, 'a', 'write 7']])
    expect(await reader.ids()).toHaveLength(100)
  })

  it('is not lost when others are put there at the same time by the same process', async () => {
    await Promise.all([51, 53, 55, 57, 59].map((n) => scene.put(n, n - 1, { a: `between ${n}` })))
    const reader = new Scene(store)
    for (const n of [51, 53, 55, 57, 59]) expect(await reader.channels(n)).toEqual({ a: `between ${n}` })
  })

  it('is not lost when others are put there at the same time by other processes', async () => {
    const processes = [51, 53, 55, 57, 59].map((n) => ({ n, writer: new Scene(store) }))
    await Promise.all(processes.map(({ writer }) => writer.load()))
    await Promise.all(processes.map(({ n, writer }) => writer.put(n, n - 1, { a: `between ${n}` })))
    const reader = new Scene(store)
    for (const n of [51, 53, 55, 57, 59]) expect(await reader.channels(n)).toEqual({ a: `between ${n}` })
  })
})

describe('a checkpoint put twice', () => {
  it('holds what was put last, and counts once', async () => {
    const store = memoryStore()
    const scene = new Scene(store)
    await scene.put(0, undefined, { messages: [say('a')] })
    await scene.put(0, undefined, { messages: [say('a'), say('b')] })
    expect(await new Scene(store).channels(0)).toEqual({ messages: [say('a'), say('b')] })
    expect(await scene.ids()).toEqual([checkpointId(0)])
    expect((await scene.engine.session('chat'))?.counts).toEqual({ checkpoints: 1, messages: 2 })
  })

  it('may have any id, however it ends', async () => {
    const store = memoryStore()
    const { engine } = new Scene(store)
    const ids = ['a,', 'a"', 'a\\', 'a,"p":', 'a/\u0000%é', '__proto__']
    const request = (id: string, n: number) => ({
      namespace: '',
      id,
      parentId: undefined,
      header: n,
      changed: new Map([['a', id]]),
      emptied: new Set<string>(),
      carries: () => true,
      needsParent: false,
      userId: undefined,
      metadata: undefined,
      fence: undefined,
    })
    for (const [n, id] of ids.entries()) await engine.put('odd', request(id, n))
    for (let n = 0; n < 100; n++) await engine.put('odd', request(`z${String(n).padStart(3, '0')}`, n))
    for (const [n, id] of ids.entries()) await engine.put('odd', request(id, n))
    for (const id of ids) expect((await new Scene(store).engine.load('odd', '', id))?.channels).toEqual({ a: id })
  })
})
