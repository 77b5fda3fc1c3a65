import type { BaseMessage } from '@langchain/core/messages'
import { describe, expect, it } from 'vitest'
import { at, Scene, withCode } from './scene.ts'
import { chatOn, every, talk, words } from './talk.ts'

/** Lines of stored entries. */
async function entries(scene: Scene): Promise<string[]> {
  const chunks = (await scene.rows()).filter(({ key }) => /^m\/[^/]+\//.test(key))
  return chunks.flatMap(({ value }) => new TextDecoder().decode(value).split('\n'))
}

describe('pruneCheckpoints', () => {
  it.each([1, 2, 5, 1_000])('keeps the newest %i as they were, and the conversation goes on', async (keepLast) => {
    const scene = new Scene()
    await talk(scene.saver, 40)
    const before = await every(scene.saver)
    const kept = Math.min(keepLast, before.length)
    const pruned = await scene.another().pruneCheckpoints({ threadId: 'thread', keepLast })
    expect(pruned).toEqual({ removed: before.length - kept, kept })
    for (const reader of [scene.saver, scene.another()]) {
      expect(await every(reader)).toEqual(before.slice(0, kept))
      for (const tuple of before.slice(0, kept)) expect(await reader.getTuple(tuple.config)).toEqual(tuple)
      for (const { config } of before.slice(kept)) expect(await reader.getTuple(config)).toBeUndefined()
    }
    await talk(scene.saver, 2, 'thread', 100)
    const { values } = await chatOn(scene.another()).getState(at('thread'))
    expect(values.messages.map(({ id }: BaseMessage) => id).slice(-4)).toEqual(['u100', 'a81', 'u101', 'a83'])
    expect(values.messages).toHaveLength(84)
  })

  it('keeps what is not older than a moment', async () => {
    const scene = new Scene()
    for (let n = 0; n < 10; n++) await scene.put({ n }, { id: `c${n}`, ts: new Date(n * 1_000).toISOString() })
    expect(await scene.saver.pruneCheckpoints({ threadId: 'thread', olderThan: new Date(6_000) })).toEqual({
      removed: 6,
      kept: 4,
    })
    expect((await every(scene.saver)).map(({ checkpoint }) => checkpoint.id)).toEqual(['c9', 'c8', 'c7', 'c6'])
    expect(await scene.saver.pruneCheckpoints({ threadId: 'thread', olderThan: 100_000 })).toEqual({
      removed: 3,
      kept: 1,
    })
  })

  it('with both keeps what either keeps', async () => {
    const scene = new Scene()
    for (let n = 0; n < 10; n++) await scene.put({ n }, { id: `c${n}`, ts: new Date(n * 1_000).toISOString() })
    expect(await scene.saver.pruneCheckpoints({ keepLast: 2, olderThan: 5_000 })).toEqual({ removed: 5, kept: 5 })
    expect(await scene.saver.pruneCheckpoints({ keepLast: 2, olderThan: 9_000 })).toEqual({ removed: 3, kept: 2 })
  })

  it('removes the entries that only removed checkpoints held', async () => {
    const scene = new Scene()
    for (let n = 0; n < 300; n++)
      await scene.put({ blob: words(`blob-${n}`) }, { id: `c${String(n).padStart(4, '0')}` })
    expect(await entries(scene)).toHaveLength(300)
    await scene.saver.pruneCheckpoints({ keepLast: 1 })
    const left = await entries(scene)
    expect(left.some((entry) => entry.includes('blob-299'))).toBe(true)
    // Entries go by chunk.
    expect(left.length).toBeLessThan(150)
  })

  it('keeps the newest of every namespace', async () => {
    const scene = new Scene()
    for (let n = 0; n < 5; n++) {
      await scene.put({ n: words(`root ${n}`) })
      await scene.put({ n: words(`child ${n}`) }, { namespace: 'child' })
    }
    expect(await scene.saver.pruneCheckpoints({ keepLast: 1 })).toEqual({ removed: 8, kept: 2 })
    expect((await scene.another().getTuple(at('thread', 'child')))?.checkpoint.channel_values.n).toBe(words('child 4'))
  })

  it('of all threads prunes each', async () => {
    const scene = new Scene()
    for (const thread of ['a', 'b', 'c']) await talk(scene.saver, 3, thread)
    const total = await Promise.all(['a', 'b', 'c'].map((thread) => every(scene.saver, thread)))
    const pruned = await scene.saver.pruneCheckpoints({ keepLast: 1 })
    expect(pruned).toEqual({ removed: total.flat().length - 3, kept: 3 })
    for (const [i, thread] of ['a', 'b', 'c'].entries()) {
      expect(await every(scene.another(), thread)).toEqual(total[i]?.slice(0, 1))
    }
    expect((await scene.saver.listThreads()).threads.map(({ counts }) => counts.checkpoints)).toEqual([1, 1, 1])
  })

  it.each([{}, { keepLast: -1 }, { keepLast: 1.5 }, { olderThan: Number.NaN }, { olderThan: new Date('x') }])(
    'refuses %j',
    async (options) => {
      const { saver } = new Scene()
      await expect(saver.pruneCheckpoints(options)).rejects.toThrow(withCode('PRUNE_INVALID'))
    },
  )

  it('twice does nothing the second time', async () => {
    const scene = new Scene()
    await talk(scene.saver, 5)
    await scene.saver.pruneCheckpoints({ keepLast: 2 })
    const rows = await scene.rows()
    expect(await scene.saver.pruneCheckpoints({ keepLast: 2 })).toEqual({ removed: 0, kept: 2 })
    expect((await scene.rows()).map(({ key }) => key)).toEqual(rows.map(({ key }) => key))
  })
})
