import { type Commit, EverthreadError, SessionManager, type Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { AIMessage, HumanMessage } from '@langchain/core/messages'
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EverthreadSaver, withTurns } from '../../src/index.ts'

const question = { messages: [new HumanMessage('a')] }

/** A store that is gone when the commits of this kind come, from the given one on. */
function failing(store: Store, prefix: 'c/' | 'w/', from: number): Store {
  let seen = 0
  const isOurs = ({ ops }: Commit) => ops.some((op) => 'put' in op && op.put.startsWith(prefix))
  return new Proxy(store, {
    get(target, name) {
      if (name !== 'commit') return Reflect.get(target, name).bind(target)
      return async (...[partition, commit]: Parameters<Store['commit']>) => {
        if (isOurs(commit) && ++seen >= from) throw new EverthreadError('STORE_DOWN', 'Gone', { committed: 'no' })
        return target.commit(partition, commit)
      }
    },
  })
}

/** A graph of two nodes that run beside each other, one of them for as long as it is told. */
const bareOn = (store: Store, slow: (signal: AbortSignal | undefined) => Promise<void>) =>
  new StateGraph(MessagesAnnotation)
    .addNode('quick', () => ({ messages: [new AIMessage('quick')] }))
    .addNode('slow', async (_, { signal }) => {
      await slow(signal)
      return {}
    })
    .addEdge(START, 'quick')
    .addEdge(START, 'slow')
    .compile({ checkpointer: new EverthreadSaver({ store }) })

/** The same in turns, with a node that goes on until its run is ended; with `exit` nothing is written before it is. */
function graphOn(store: Store, durability: 'sync' | 'async' | 'exit') {
  const bare = bareOn(
    store,
    (signal) =>
      new Promise((resolve) => {
        if (durability === 'exit') resolve()
        signal?.addEventListener('abort', () => resolve(), { once: true })
      }),
  )
  return withTurns(bare, { sessions: new SessionManager({ store }) })
}

async function readAll(stream: Promise<AsyncIterable<unknown>>): Promise<void> {
  for await (const _ of await stream);
}

const unheard: unknown[] = []
const hear = (reason: unknown) => void unheard.push(reason)
beforeEach(() => {
  unheard.length = 0
  process.on('unhandledRejection', hear)
})
afterEach(() => void process.off('unhandledRejection', hear))

describe('a run in a turn whose store fails', () => {
  it.each([
    ['sync', 'c/', 1],
    ['async', 'c/', 1],
    ['exit', 'c/', 1],
    ['sync', 'w/', 1],
    ['async', 'w/', 1],
  ] as const)('ends with that failure, which nobody misses: %s, at %s, call %i', async (durability, prefix, from) => {
    const memory = memoryStore()
    const graph = graphOn(failing(memory, prefix, from), durability)
    const config = { configurable: { thread_id: 'thread' }, durability }
    await expect(graph.invoke(question, config)).rejects.toMatchObject({ code: 'STORE_DOWN' })
    await expect(readAll(graph.stream(question, config))).rejects.toMatchObject({ code: 'STORE_DOWN' })
    // What LangGraph does not look at would be told by Node now.
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(unheard).toEqual([])
    const { rows } = await memory.read({ tenant: 'default', id: 'thread' }, [{ get: ['lease', 'running'] }])
    expect(rows).toEqual([[]])
  })

  it('ends alone within a turn of the session, which goes on', async () => {
    const store = failing(memoryStore(), 'c/', 1)
    const graph = graphOn(store, 'async')
    const config = { configurable: { thread_id: 'thread' } }
    const session = new SessionManager({ store }).asService().open('thread')
    const outcome = session.turn(async (turn) => {
      await expect(graph.invoke(question, config)).rejects.toMatchObject({ code: 'STORE_DOWN' })
      await expect(readAll(graph.stream(question, config))).rejects.toMatchObject({ code: 'STORE_DOWN' })
      return turn.signal.aborted
    })
    expect(await outcome).toBe(false)
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(unheard).toEqual([])
  })
})

describe('a run without a turn whose store fails', () => {
  it.each(['sync', 'async'] as const)(
    'hears of a failed write of a task when the others are done: %s',
    async (durability) => {
      // The first is that of the input.
      const others = Promise.withResolvers<void>()
      const graph = bareOn(failing(memoryStore(), 'w/', 2), () => others.promise)
      const run = graph.invoke(question, { configurable: { thread_id: 'thread' }, durability })
      await new Promise((resolve) => setTimeout(resolve, 50))
      others.resolve()
      await expect(run).rejects.toMatchObject({ code: 'STORE_DOWN' })
      expect(unheard).toEqual([])
    },
  )

  it('fails a write that nobody else hears of', async () => {
    const saver = new EverthreadSaver({ store: failing(memoryStore(), 'w/', 1) })
    const config = { configurable: { thread_id: 'thread', checkpoint_id: '1' } }
    await expect(saver.putWrites(config, [['a', 1]], 'task')).rejects.toMatchObject({ code: 'STORE_DOWN' })
  })
})
