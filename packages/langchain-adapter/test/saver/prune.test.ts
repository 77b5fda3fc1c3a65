import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { AIMessage, type BaseMessage, HumanMessage } from '@langchain/core/messages'
import type { RunnableConfig } from '@langchain/core/runnables'
import {
  Annotation,
  Command,
  DeltaChannel,
  interrupt,
  MessagesAnnotation,
  messagesDeltaReducer,
  START,
  StateGraph,
} from '@langchain/langgraph'
import { type CheckpointTuple, DeltaSnapshot } from '@langchain/langgraph-checkpoint'
import { describe, expect, it } from 'vitest'
import type { EverthreadSaver } from '../../src/index.ts'
import { all, at, Scene, withCode } from './scene.ts'

const words = (name: string): string => `${name} `.repeat(200)

const chatOn = (checkpointer: EverthreadSaver, thinkingMs = 0) =>
  new StateGraph(MessagesAnnotation)
    .addNode('say', async ({ messages }) => {
      if (thinkingMs > 0) await sleep(thinkingMs)
      return { messages: [new AIMessage({ id: `a${messages.length}`, content: words(`${messages.length}`) })] }
    })
    .addEdge(START, 'say')
    .compile({ checkpointer })

const human = (id: string): HumanMessage => new HumanMessage({ id, content: words(id) })

async function talk(saver: EverthreadSaver, turns: number, thread = 'thread', from = 0, thinkingMs = 0): Promise<void> {
  for (let turn = from; turn < from + turns; turn++) {
    await chatOn(saver, thinkingMs).invoke({ messages: [human(`u${turn}`)] }, at(thread))
  }
}

const every = (saver: EverthreadSaver, thread = 'thread'): Promise<CheckpointTuple[]> =>
  all(saver.list({ configurable: { thread_id: thread } }))

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

describe('a question that waits for its answer', () => {
  const askOn = (checkpointer: EverthreadSaver) =>
    new StateGraph(MessagesAnnotation)
      .addNode('ask', () => ({ messages: [new AIMessage({ id: 'asked', content: words(`${interrupt('may I?')}`) })] }))
      .addEdge(START, 'ask')
      .compile({ checkpointer })

  it('is never pruned, also when the thread went on elsewhere', async () => {
    const scene = new Scene()
    await talk(scene.saver, 2)
    const fork = (await every(scene.saver))[2]
    await askOn(scene.saver).invoke({ messages: [human('question')] }, fork?.config)
    const waiting = await askOn(scene.saver).getState(at('thread'))
    expect(waiting.tasks[0]?.interrupts).toHaveLength(1)
    await chatOn(scene.saver).invoke({ messages: [human('other')] }, (await every(scene.saver))[4]?.config)
    await talk(scene.saver, 5, 'thread', 10)
    await scene.saver.pruneCheckpoints({ keepLast: 1 })
    const left = await every(scene.another())
    expect(left).toHaveLength(2)
    const answered = await askOn(scene.another()).invoke(new Command({ resume: 'yes' }), waiting.config)
    expect(answered.messages.at(-1)?.content).toBe(words('yes'))
  })

  it('that was answered is pruned like any other', async () => {
    const scene = new Scene()
    await askOn(scene.saver).invoke({ messages: [human('question')] }, at('thread'))
    await askOn(scene.saver).invoke(new Command({ resume: 'yes' }), at('thread'))
    expect((await scene.saver.pruneCheckpoints({ keepLast: 1 })).kept).toBe(1)
  })
})

describe('subgraphs', () => {
  const nested = (checkpointer: EverthreadSaver, ask: boolean) => {
    const deep = new StateGraph(MessagesAnnotation)
      .addNode('say', () => ({ messages: [new AIMessage(words(ask ? interrupt('may I?') : 'deep'))] }))
      .addEdge(START, 'say')
      .compile()
    const child = new StateGraph(MessagesAnnotation).addNode('deep', deep).addEdge(START, 'deep').compile()
    const memory = new StateGraph(MessagesAnnotation)
      .addNode('say', () => ({ messages: [new AIMessage(words('memory'))] }))
      .addEdge(START, 'say')
      .compile({ checkpointer: true })
    return new StateGraph(MessagesAnnotation)
      .addNode('memory', memory)
      .addNode('child', child)
      .addEdge(START, 'memory')
      .addEdge('memory', 'child')
      .compile({ checkpointer })
  }
  const run = (scene: Scene, turn: number, ask = false) =>
    nested(scene.another(), ask).invoke({ messages: [human(`u${turn}`)] }, at('thread'))
  const spaces = async (scene: Scene): Promise<string[]> => {
    const names = (await every(scene.another())).map(({ config }) => String(config.configurable?.checkpoint_ns))
    return names.map((name) => name.replace(/:[^|]*/g, ':task'))
  }

  it('go with the checkpoint whose task ran them, but for those that remember between runs', async () => {
    const scene = new Scene()
    for (let turn = 0; turn < 5; turn++) await run(scene, turn)
    await scene.another().pruneCheckpoints({ keepLast: 1 })
    expect(await spaces(scene)).toEqual(['', 'memory'])
    const tips = (await scene.rows()).filter(({ key }) => key.startsWith('t/'))
    expect(tips).toHaveLength(2)
    await run(scene, 5)
    const { values } = await nested(scene.another(), false).getState(at('thread'))
    expect(values.messages.filter((message: BaseMessage) => HumanMessage.isInstance(message))).toHaveLength(6)
  })

  it('stay with the checkpoints that are kept', async () => {
    const scene = new Scene()
    for (let turn = 0; turn < 3; turn++) await run(scene, turn)
    await scene.another().pruneCheckpoints({ keepLast: 2 })
    expect(await spaces(scene)).toEqual([
      '',
      '',
      'child:task',
      'child:task',
      'child:task|deep:task',
      'child:task|deep:task',
      'memory',
      'memory',
    ])
  })

  it('that wait for an answer stay, and take it', async () => {
    const scene = new Scene()
    for (let turn = 0; turn < 3; turn++) await run(scene, turn)
    await run(scene, 3, true)
    await scene.another().pruneCheckpoints({ keepLast: 1 })
    expect(await spaces(scene)).toEqual(['', 'child:task', 'child:task|deep:task', 'memory'])
    const answered = await nested(scene.another(), true).invoke(new Command({ resume: 'yes' }), at('thread'))
    expect(answered.messages.at(-1)?.content).toBe(words('yes'))
  })
})

describe('delta channels', () => {
  const deltaOn = (checkpointer: EverthreadSaver, snapshotFrequency: number) =>
    new StateGraph(
      Annotation.Root({
        messages: () => new DeltaChannel<BaseMessage[], BaseMessage[]>(messagesDeltaReducer, { snapshotFrequency }),
      }),
    )
      .addNode('say', ({ messages }) => ({ messages: [new AIMessage({ id: `a${messages.length}`, content: 'said' })] }))
      .addEdge(START, 'say')
      .compile({ checkpointer })

  it.each([
    [1, 1],
    [1, 4],
    [3, 4],
    [1, 1_000],
  ])('keeping %i with a snapshot every %i updates: what is kept is readable, and goes on', async (keepLast, every) => {
    const scene = new Scene()
    const graph = () => deltaOn(scene.another(), every)
    for (let turn = 0; turn < 7; turn++) await graph().invoke({ messages: [human(`u${turn}`)] }, at('thread'))
    const states = async () => {
      const seen = []
      for await (const state of graph().getStateHistory(at('thread'), { limit: keepLast })) seen.push(state.values)
      return seen
    }
    const before = await states()
    await scene.another().pruneCheckpoints({ keepLast })
    expect(await states()).toEqual(before)
    await graph().invoke({ messages: [human('next')] }, at('thread'))
    expect((await graph().getState(at('thread'))).values.messages).toHaveLength(16)
  })
})

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
