import { memoryStore } from '@everthread/core/memory'
import { sqliteStore } from '@everthread/core/sqlite'
import { AIMessage, HumanMessage } from '@langchain/core/messages'
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import type { CheckpointTuple } from '@langchain/langgraph-checkpoint'
import { describe, expect, it } from 'vitest'
import type { EverthreadSaver } from '../../src/index.ts'
import { all, at, Scene, withCode } from './scene.ts'

const keys = [{ id: 'k', key: new Uint8Array(32).fill(3) }]

const stores = {
  memory: () => memoryStore(),
  'memory, encrypted': () => memoryStore({ codec: { keys } }),
  SQLite: () => sqliteStore(':memory:'),
  'SQLite, encrypted': () => sqliteStore({ path: ':memory:', codec: { keys } }),
}

const graphOn = (checkpointer: EverthreadSaver) =>
  new StateGraph(MessagesAnnotation)
    .addNode('say', ({ messages }) => ({
      messages: [new AIMessage({ id: `${messages.length}`, content: 'said '.repeat(200) })],
    }))
    .addEdge(START, 'say')
    .compile({ checkpointer })

const say = (saver: EverthreadSaver, thread: string, text: string) =>
  graphOn(saver).invoke(
    { messages: [new HumanMessage({ id: text, content: text })] },
    { configurable: { thread_id: thread, user_id: 'u' }, metadata: { topic: 'copies' } },
  )

/** Everything of a thread but the thread's name. */
async function contents(saver: EverthreadSaver, thread: string): Promise<unknown[]> {
  const tuples: CheckpointTuple[] = await all(saver.list({ configurable: { thread_id: thread } }))
  return tuples.map(({ config, parentConfig, ...tuple }) => ({
    ...tuple,
    place: { ...config.configurable, thread_id: '' },
    parent: { ...parentConfig?.configurable, thread_id: '' },
  }))
}

describe.each(Object.entries(stores))('copyThread on %s', (_, create) => {
  it('gives a thread with all checkpoints, namespaces and pending writes, that goes its own way', async () => {
    const scene = new Scene({ store: create() })
    const { saver } = scene
    for (let turn = 0; turn < 30; turn++) await say(saver, 'a', `turn ${turn}`)
    const child = await scene.put({ inner: new Map([[1, 'x'.repeat(700)]]) }, { thread: 'a', namespace: 'child:1' })
    await saver.putWrites(child, [['inner', new AIMessage('pending '.repeat(100))]], 'task')
    const before = await contents(saver, 'a')
    await saver.copyThread('a', 'b')
    expect(await contents(scene.another(), 'b')).toEqual(before)
    await say(saver, 'b', 'only in b')
    await say(saver, 'a', 'only in a')
    await saver.pruneCheckpoints({ threadId: 'a', keepLast: 1 })
    expect((await contents(scene.another(), 'b')).slice(-before.length)).toEqual(before)
    const messages = (await scene.another().getTuple(at('b')))?.checkpoint.channel_values.messages as HumanMessage[]
    expect(messages.map(({ id }) => id).slice(-2)).toEqual(['only in b', '61'])
    await saver.deleteThread('a')
    expect(await contents(scene.another(), 'b')).toHaveLength(before.length + 3)
  })
})

describe('copyThread', () => {
  it('keeps who and what the thread is of', async () => {
    const { saver } = new Scene()
    await say(saver, 'a', 'hello')
    await saver.copyThread('a', 'b')
    const { threads } = await saver.listThreads({ userId: 'u', filter: { topic: 'copies' } })
    const [a, b] = ['a', 'b'].map((id) => threads.find(({ threadId }) => threadId === id))
    expect(b?.counts).toEqual(a?.counts)
  })

  it('of a thread that is not there is refused', async () => {
    const { saver } = new Scene()
    await expect(saver.copyThread('none', 'b')).rejects.toThrow(withCode('SESSION_NOT_FOUND'))
    expect((await saver.listThreads()).threads).toEqual([])
  })

  it('onto a thread that is there, or onto itself, is refused and changes nothing', async () => {
    const { saver } = new Scene()
    await say(saver, 'a', 'hello')
    await say(saver, 'b', 'there')
    const before = [await contents(saver, 'a'), await contents(saver, 'b')]
    for (const to of ['b', 'a']) await expect(saver.copyThread('a', to)).rejects.toThrow(withCode('SESSION_EXISTS'))
    expect([await contents(saver, 'a'), await contents(saver, 'b')]).toEqual(before)
  })

  it('can be had by one only of two who ask at once', async () => {
    const scene = new Scene()
    await say(scene.saver, 'a', 'hello')
    const copies = await Promise.allSettled([
      scene.another().copyThread('a', 'b'),
      scene.another().copyThread('a', 'b'),
    ])
    expect(copies.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await contents(scene.another(), 'b')).toEqual(await contents(scene.another(), 'a'))
  })
})
