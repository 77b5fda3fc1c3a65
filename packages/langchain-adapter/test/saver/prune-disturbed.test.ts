import { setImmediate } from 'node:timers/promises'
import type { Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import type { BaseMessage } from '@langchain/core/messages'
import type { RunnableConfig } from '@langchain/core/runnables'
import { type CheckpointTuple, DeltaSnapshot } from '@langchain/langgraph-checkpoint'
import { describe, expect, it } from 'vitest'
import { at, Scene, withCode } from './scene.ts'
import { chatOn, every, talk, words } from './talk.ts'

describe('a prune that is cut off', () => {
  /** A store whose commits fail from the given one on. */
  function failing(store: Store, commits: number): Store {
    let left = commits
    return {
      codec: store.codec,
      read: (partition, reads) => store.read(partition, reads),
      commit: async (partition, commit) => {
        if (left-- <= 0) throw new Error('cut off')
        return store.commit(partition, commit)
      },
      drop: (partition) => store.drop(partition),
      query: (tenant, query) => store.query(tenant, query),
      watch: (partitions, signal) => store.watch(partitions, signal),
      close: () => store.close(),
    }
  }

  async function grown(): Promise<{ scene: Scene; before: Map<string, CheckpointTuple> }> {
    const scene = new Scene({ store: memoryStore() })
    let parent = await scene.put({ log: ['0'], blob: words('0') })
    for (let n = 1; n < 200; n++) {
      const log = Array.from({ length: 1 + (n % 40) }, (_, i) => words(`${n} ${i}`).slice(0, 600))
      const metadata = { note: `${n} `.repeat(6_000) } as object
      parent = await scene.put({ log, blob: words(`${n}`) }, { parent, metadata })
      await scene.saver.putWrites(parent, [['log', [words(`next ${n}`)]]], 'task')
    }
    const tuples = await every(scene.another())
    return { scene, before: new Map(tuples.map((tuple) => [tuple.checkpoint.id, tuple])) }
  }

  it('leaves everything readable that is still there, and all that was to be kept; the next one ends it', async () => {
    const { scene, before } = await grown()
    let cuts = 0
    for (let commits = 0; ; commits++) {
      const cut = scene.another({ store: failing(scene.store, commits) })
      const done = await cut.pruneCheckpoints({ threadId: 'thread', keepLast: 3 }).then(
        () => true,
        (error: Error) => {
          expect(error.message).toBe('cut off')
          return false
        },
      )
      const left = await every(scene.another())
      expect(left.length).toBeGreaterThanOrEqual(3)
      expect(left.slice(0, 3).map(({ checkpoint }) => checkpoint.id)).toEqual([...before.keys()].slice(0, 3))
      for (const tuple of left) expect(tuple).toEqual(before.get(tuple.checkpoint.id))
      if (done) break
      cuts++
    }
    expect(cuts).toBeGreaterThan(0)
    expect(await every(scene.another())).toHaveLength(3)
  })

  it('leaves the delta channels of all that is still there as they were', async () => {
    const scene = new Scene()
    const ids: string[] = []
    let parent: RunnableConfig | undefined
    for (let n = 0; n < 200; n++) {
      const snapshot = n % 60 === 0 ? { log: new DeltaSnapshot([`whole ${n}`]) } : { step: n }
      const counters_since_delta_snapshot = n % 60 === 0 ? {} : { log: [n % 60, n % 60] }
      const metadata = { note: `${n} `.repeat(6_000), counters_since_delta_snapshot } as object
      parent = await scene.put(snapshot, { ...(parent ? { parent } : {}), metadata })
      ids.push(parent.configurable?.checkpoint_id)
      await scene.saver.putWrites(parent, [['log', [`next ${n}`]]], 'task')
    }
    const historyOf = async (checkpoint_id: string) => {
      const config = { configurable: { ...at('thread').configurable, checkpoint_id } }
      const { log } = await scene.another().getDeltaChannelHistory({ config, channels: ['log'] })
      return JSON.stringify(log)
    }
    const before = new Map<string, string>()
    for (const [n, id] of ids.entries()) if (n % 7 === 3) before.set(id, await historyOf(id))
    const cut = scene.another({ store: failing(scene.store, 1) })
    await expect(cut.pruneCheckpoints({ threadId: 'thread', keepLast: 1 })).rejects.toThrow('cut off')
    const left = (await every(scene.another())).map(({ checkpoint }) => checkpoint.id)
    expect(left.length).toBeLessThan(200)
    expect(left.length).toBeGreaterThan(20)
    // Who holds the whole value needs no history.
    const deltas = left.filter((id) => before.has(id) && ids.indexOf(id) % 60 !== 0)
    for (const id of deltas) expect(await historyOf(id)).toBe(before.get(id))
  })
})

describe('a writer meanwhile', () => {
  it('loses nothing', async () => {
    const scene = new Scene()
    await talk(scene.saver, 3)
    let writing = true
    const pruner = scene.another()
    const writer = scene.another()
    const written = talk(writer, 40, 'thread', 3, 10).finally(() => {
      writing = false
    })
    let prunes = 0
    while (writing) {
      prunes += await pruner.pruneCheckpoints({ threadId: 'thread', keepLast: 1 }).then(
        () => 1,
        (error: unknown) => {
          // A prune gives way to who writes all the time.
          expect(error).toEqual(withCode('CONFLICT'))
          return 0
        },
      )
      await setImmediate()
    }
    await written
    expect(prunes).toBeGreaterThan(0)
    const { values } = await chatOn(scene.another()).getState(at('thread'))
    const expected = Array.from({ length: 43 }, (_, turn) => [`u${turn}`, `a${2 * turn + 1}`]).flat()
    expect(values.messages.map(({ id }: BaseMessage) => id)).toEqual(expected)
    for (const tuple of await every(scene.another())) expect(await writer.getTuple(tuple.config)).toEqual(tuple)
  })
})
