import type { Row } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { runsOf } from '../../src/checkpoint/ref.ts'
import { allRows, HookedStore } from './hooked-store.ts'
import { Scene, say } from './scene.ts'

describe('a list', () => {
  const partition = { tenant: 'default', id: 'chat' }
  const long = (n: number): string => `words ${n} `.repeat(100)
  let store: HookedStore
  let scene: Scene

  beforeEach(() => {
    store = new HookedStore(memoryStore())
    scene = new Scene(store)
  })

  /** The references of every stored checkpoint to the channel. */
  async function runCounts(channel: string): Promise<number[]> {
    const lines = (await allRows(store, partition, 'c/')).flatMap(linesOf)
    return lines.map((line) => {
      const { c } = JSON.parse(line.split('\t')[0] ?? '') as { c: unknown[] }
      return runsOf(JSON.stringify(c[c.indexOf(channel) + 1]))?.runs.length ?? 0
    })
  }
  const linesOf = ({ value }: Row): string[] => Buffer.from(value).toString().split('\n')

  it('in more than 64 runs is written anew into a segment of its own', async () => {
    let notes = Array.from({ length: 300 }, (_, i) => ({ i, text: long(i) }))
    const stored = [notes]
    await scene.put(0, undefined, { notes })
    for (let n = 1; n < 80; n++) {
      notes = notes.map((note, i) => (i === (n * 37) % 300 ? { i, text: `edited ${n}` } : note))
      stored.push(notes)
      await scene.put(n, n - 1, { notes })
    }
    const counts = await runCounts('notes')
    expect(Math.max(...counts)).toBeGreaterThan(64)
    expect(Math.max(...counts)).toBeLessThanOrEqual(70)
    expect(counts.at(-1)).toBeLessThan(60)
    const reader = new Scene(store)
    for (const [n, one] of stored.entries()) expect(await reader.channels(n)).toEqual({ notes: one })
  })

  it('that another process goes on with stores only what is new in it', async () => {
    const messages = await scene.chat(100)
    const before = await allRows(store, partition, 'm/')
    const other = new Scene(store)
    // Without having loaded the parent: what it holds shows by its text.
    await other.put(100, 99, { messages: [...messages, say('next')] })
    const lines = (rows: Row[]): number =>
      rows.filter(({ key }) => key.split('/').length === 3).reduce((sum, row) => sum + linesOf(row).length, 0)
    expect(lines(await allRows(store, partition, 'm/'))).toBe(lines(before) + 1)
    expect(await new Scene(store).channels(100)).toEqual({ messages: [...messages, say('next')] })
  })

  it('of which one element is repeated, or moved, stores nothing twice', async () => {
    const messages = await scene.chat(10)
    const before = (await allRows(store, partition, 'm/')).length
    await scene.put(10, 9, { messages: messages.toReversed() })
    await scene.put(11, 10, { messages: [...messages, ...messages] })
    expect((await allRows(store, partition, 'm/')).length).toBe(before)
    expect(await new Scene(store).channels(11)).toEqual({ messages: [...messages, ...messages] })
  })

  it('refers to the entries of the pending writes that it comes to hold', async () => {
    await scene.put(0, undefined, { messages: [say('a')] })
    await scene.write(0, 'task', { messages: [say('b', long(1))] })
    await scene.put(1, 0, { messages: [say('a'), say('b', long(1))] })
    const entries = (await allRows(store, partition, 'm/')).flatMap(linesOf).filter((line) => line.includes('"role"'))
    expect(entries).toHaveLength(2)
  })

  it('refers to those that came before the first checkpoint, too', async () => {
    const { engine } = scene
    await scene.write(0, 'input', { messages: [say('a', long(1))] })
    await scene.put(0, undefined, { messages: [say('a', long(1))] })
    const entries = (await allRows(store, partition, 'm/')).flatMap(linesOf).filter((line) => line.includes('"role"'))
    expect(entries).toHaveLength(1)
    const loaded = await engine.load('chat', '')
    expect(loaded?.channels.messages).toEqual([say('a', long(1))])
    expect(loaded?.writes).toHaveLength(1)
  })

  it('is not mixed up with a value of the same text', async () => {
    const message = say('a', long(1))
    await scene.put(0, undefined, { notes: 0 })
    await scene.write(0, 'task', { notes: { wrapped: message }, messages: [message] })
    await scene.put(1, 0, { notes: [message, message].map((one) => ({ ...one })), messages: [message] })
    expect(await new Scene(store).channels(1)).toEqual({ notes: [message, message], messages: [message] })
  })

  it('may become empty, a value of another kind, and a list again', async () => {
    const values = [[say('a')], [], 'text', [say('b')], { a: long(1), b: long(2) }, long(3), null, [1, 2], [say('c')]]
    for (const [n, messages] of values.entries()) await scene.put(n, n === 0 ? undefined : n - 1, { messages })
    const reader = new Scene(store)
    for (const [n, messages] of values.entries()) expect(await reader.channels(n)).toEqual({ messages })
  })

  it('is carried over by checkpoints that do not change it, and ends where it is emptied', async () => {
    await scene.put(0, undefined, { messages: [say('a')], small: 1 })
    await scene.put(1, 0, { small: 2 })
    await scene.put(2, 1, {}, { emptied: ['messages'] })
    expect(await scene.channels(1)).toEqual({ messages: [say('a')], small: 2 })
    expect(await scene.channels(2)).toEqual({ small: 2 })
  })

  it('may be of two hundred thousand elements', async () => {
    const numbers = Array.from({ length: 200_000 }, (_, n) => n / 7)
    await scene.put(0, undefined, { numbers })
    await scene.put(1, 0, { numbers: [...numbers, 1] })
    expect((await new Scene(store).channels(1))?.numbers).toEqual([...numbers, 1])
  })

  it('in a channel called __proto__ is a value like any other', async () => {
    const changed = JSON.parse('{"__proto__":{"polluted":true},"constructor":1}') as Record<string, unknown>
    await scene.put(0, undefined, changed)
    const channels = (await new Scene(store).channels()) as Record<string, unknown>
    expect(Object.keys(channels)).toEqual(['__proto__', 'constructor'])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('thousands of pending writes', () => {
  it('are all there, loaded and listed', async () => {
    const store = memoryStore()
    const scene = new Scene(store)
    await scene.put(0, undefined, { a: 0 })
    await scene.put(1, 0, { a: 1 })
    const writers = Array.from({ length: 2_500 }, (_, n) => n)
    await Promise.all(writers.map((n) => scene.write(0, `task${n}`, { a: n })))
    await Promise.all([1, 2, 3].map((n) => scene.write(1, `task${n}`, { a: n })))
    const reader = new Scene(store)
    expect((await reader.writes(0))?.length).toBe(2_500)
    const listed: number[] = []
    for await (const { writes } of reader.engine.list('chat', {})) listed.push(writes.length)
    expect(listed).toEqual([3, 2_500])
  })
})

describe('namespaces', () => {
  it('have checkpoints, tips and writes of their own, and one list', async () => {
    const store = memoryStore()
    const scene = new Scene(store)
    await scene.put(0, undefined, { a: 'root' })
    await scene.put(1, undefined, { a: 'child' }, { namespace: 'child:1' })
    await scene.put(2, undefined, { a: 'other' }, { namespace: 'child:1|x' })
    const reader = new Scene(store)
    expect((await reader.load())?.channels).toEqual({ a: 'root' })
    expect((await reader.load(undefined, 'child:1'))?.channels).toEqual({ a: 'child' })
    expect((await reader.load(undefined, 'child:1|x'))?.channels).toEqual({ a: 'other' })
    expect(await reader.load(1)).toBeUndefined()
    expect(await reader.ids()).toHaveLength(3)
  })
})
