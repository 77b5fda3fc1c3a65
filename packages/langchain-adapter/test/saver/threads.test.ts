import { memoryStore } from '@everthread/core/memory'
import { AIMessage, HumanMessage } from '@langchain/core/messages'
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import type { ThreadPage, ThreadQuery } from '../../src/saver/threads.ts'
import { all, at, Scene, withCode } from './scene.ts'

const long = (word: string): string => `${word} `.repeat(200)

describe('deleteThread', () => {
  it('of user1 leaves user1:chat2, user1/chat2 and user10 whole', async () => {
    const scene = new Scene()
    const threads = ['user1', 'user1:chat2', 'user1/chat2', 'user10', 'user', 'user1 ']
    for (const thread of threads) {
      const parent = await scene.put(
        { messages: [new HumanMessage({ id: thread, content: long(thread) })] },
        { thread },
      )
      await scene.put({ a: long(thread) }, { thread, namespace: 'child' })
      await scene.saver.putWrites(parent, [['a', thread]], 'task')
    }
    const before = new Map<string, unknown>()
    for (const thread of threads)
      before.set(thread, await all(scene.another().list({ configurable: { thread_id: thread } })))
    await scene.saver.deleteThread('user1')
    expect(await all(scene.another().list({ configurable: { thread_id: 'user1' } }))).toEqual([])
    expect(await scene.rows('user1')).toEqual([])
    for (const thread of threads.slice(1)) {
      expect(await all(scene.another().list({ configurable: { thread_id: thread } }))).toEqual(before.get(thread))
    }
  })

  it('of a thread that is not there does nothing', async () => {
    const scene = new Scene()
    await scene.saver.deleteThread('none')
    expect((await scene.saver.listThreads()).threads).toEqual([])
  })

  it('lets the same id begin anew', async () => {
    const scene = new Scene()
    const first = await scene.put({ a: long('old'), b: 1 })
    await scene.saver.deleteThread('thread')
    await scene.put({ a: long('new') })
    expect(await scene.saver.getTuple(first)).toBeUndefined()
    expect((await scene.saver.getTuple(at('thread')))?.checkpoint.channel_values).toEqual({ a: long('new') })
    expect((await scene.saver.listThreads()).threads.map(({ counts }) => counts.checkpoints)).toEqual([1])
  })
})

describe('tenants', () => {
  it('never see each other, on the same thread ids', async () => {
    const store = memoryStore()
    const [a, b] = ['a', 'b'].map((tenant) => new Scene({ store, tenant }))
    if (!a || !b) throw new Error('There are two tenants')
    const config = await a.put({ of: 'a' }, { config: { configurable: { user_id: 'u' } } })
    await b.put({ of: 'b' }, { config: { configurable: { user_id: 'u' } } })
    expect((await a.saver.getTuple(at('thread')))?.checkpoint.channel_values).toEqual({ of: 'a' })
    expect(await b.saver.getTuple(config)).toBeUndefined()
    expect(await all(b.saver.list({}))).toHaveLength(1)
    expect((await b.saver.listThreads({ userId: 'u' })).threads).toHaveLength(1)
    await expect(b.saver.copyThread('other', 'x')).rejects.toThrow(withCode('SESSION_NOT_FOUND'))
    await a.saver.deleteThread('thread')
    expect((await b.saver.getTuple(at('thread')))?.checkpoint.channel_values).toEqual({ of: 'b' })
    await expect(a.saver.pruneCheckpoints({ keepLast: 1 })).resolves.toEqual({ removed: 0, kept: 0 })
  })
})

describe('listThreads', () => {
  const ids = ({ threads }: ThreadPage): string[] => threads.map(({ threadId }) => threadId)

  async function seven(): Promise<Scene> {
    let now = 1_000_000
    const scene = new Scene({ store: memoryStore({ clock: () => now }) })
    for (let n = 0; n < 7; n++) {
      now += 1_000
      // Every answer tells the saver the store's time.
      await scene.saver.getTuple(at('none'))
      const configurable = n === 3 ? {} : { user_id: n % 2 === 0 ? 'even' : 'odd' }
      const metadata = { topic: n < 4 ? 'early' : 'late', n, langgraph_step: 3, thread_id: 'x', object: {} }
      await scene.put({ a: n }, { thread: `t${n}`, config: { configurable, metadata } })
    }
    return scene
  }

  it('gives all of them, newest first, with who, what, when by the store’s clock, and how many', async () => {
    const { saver } = await seven()
    const page = await saver.listThreads()
    expect(ids(page)).toEqual(['t6', 't5', 't4', 't3', 't2', 't1', 't0'])
    expect(page.cursor).toBeUndefined()
    expect(page.threads[0]).toEqual({
      threadId: 't6',
      userId: 'even',
      metadata: { topic: 'late', n: 6 },
      createdAt: expect.any(Number),
      lastActiveAt: expect.any(Number),
      counts: { checkpoints: 1, messages: 0 },
    })
    for (const { createdAt } of page.threads) expect(Math.abs(createdAt - 1_004_000)).toBeLessThan(60_000)
    expect(page.threads[3]?.userId).toBeUndefined()
  })

  it.each<[string, ThreadQuery, string[]]>([
    ['of one user', { userId: 'odd' }, ['t5', 't1']],
    ['of a user who has none', { userId: 'nobody' }, []],
    ['by the metadata of their runs', { filter: { topic: 'early' } }, ['t3', 't2', 't1', 't0']],
    ['by several fields at once', { filter: { topic: 'early', n: 2 } }, ['t2']],
    ['by a user and metadata', { userId: 'even', filter: { topic: 'late' } }, ['t6', 't4']],
    ['by metadata that none has', { filter: { other: 1 } }, []],
    ['at most so many', { limit: 2 }, ['t6', 't5']],
  ])('%s', async (_, query, expected) => {
    const { saver } = await seven()
    expect(ids(await saver.listThreads(query))).toEqual(expected)
  })

  it.each<ThreadQuery>([{}, { userId: 'even' }, { filter: { topic: 'early' } }])('in pages, %j', async (query) => {
    const { saver } = await seven()
    const seen: string[] = []
    let cursor: string | undefined
    let pages = 0
    do {
      const page = await saver.listThreads({ ...query, limit: 2, ...(cursor === undefined ? {} : { cursor }) })
      expect(page.threads.length).toBeLessThanOrEqual(2)
      seen.push(...ids(page))
      cursor = page.cursor
      pages++
    } while (cursor !== undefined && pages < 20)
    expect(seen).toEqual(ids(await saver.listThreads({ ...query, limit: 100 })))
  })

  it.each([0, -1, 1.5, Number.NaN, '3'])('refuses the limit %j', async (limit) => {
    const { saver } = new Scene()
    await expect(saver.listThreads({ limit: limit as number })).rejects.toThrow(withCode('QUERY_INVALID'))
  })

  it('a thread that changes hands is found under its new user only', async () => {
    const scene = await seven()
    await scene.put({ a: 'x' }, { thread: 't1', config: { configurable: { user_id: 'even' } } })
    expect(ids(await scene.saver.listThreads({ userId: 'odd' }))).toEqual(['t5'])
    expect(ids(await scene.saver.listThreads({ userId: 'even' }))).toEqual(['t6', 't4', 't2', 't1', 't0'])
    await scene.saver.deleteThread('t1')
    expect(ids(await scene.saver.listThreads({ userId: 'even' }))).toEqual(['t6', 't4', 't2', 't0'])
  })

  it('counts the checkpoints, and the messages of the newest', async () => {
    const scene = new Scene()
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('say', () => ({ messages: [new AIMessage('said')] }))
      .addEdge(START, 'say')
      .compile({ checkpointer: scene.saver })
    const config = { configurable: { thread_id: 'talk', user_id: 'u1' }, metadata: { topic: 'x' } }
    for (let turn = 0; turn < 3; turn++) await graph.invoke({ messages: [new HumanMessage('hi')] }, config)
    const [thread] = (await scene.saver.listThreads({ userId: 'u1', filter: { topic: 'x' } })).threads
    expect(thread?.counts).toEqual({ checkpoints: (await all(scene.saver.list(at('talk')))).length, messages: 6 })
    expect(thread?.metadata).toEqual({ topic: 'x' })
  })
})

describe('list', () => {
  async function nine(): Promise<Scene> {
    const scene = new Scene()
    for (const thread of ['a', 'b', 'c']) {
      for (const [step, source] of (['input', 'loop', 'update'] as const).entries()) {
        await scene.put({ at: step }, { thread, id: `${thread}${step}`, metadata: { source, step } })
      }
    }
    return scene
  }
  const ids = async (listing: Parameters<typeof all>[0]): Promise<string[]> =>
    (await all(listing)).map(({ checkpoint }) => checkpoint.id)

  it('without a thread gives those of all threads', async () => {
    const { saver } = await nine()
    expect((await ids(saver.list({}))).sort()).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'b2', 'c0', 'c1', 'c2'])
    expect((await ids(saver.list({ configurable: {} }, { filter: { source: 'loop' } }))).sort()).toEqual([
      'a1',
      'b1',
      'c1',
    ])
    expect(await ids(saver.list({}, { limit: 4 }))).toHaveLength(4)
  })

  it.each([
    ['newest first', {}, ['a2', 'a1', 'a0']],
    ['at most so many', { limit: 2 }, ['a2', 'a1']],
    ['none', { limit: 0 }, []],
    ['by source', { filter: { source: 'input' } }, ['a0']],
    ['by source and step', { filter: { source: 'loop', step: 1 } }, ['a1']],
    ['by what none has', { filter: { source: 'loop', step: 2 } }, []],
    ['so many of those that match', { filter: { parents: {} }, limit: 1 }, ['a2']],
    ['before one', { before: { configurable: { checkpoint_id: 'a2' } } }, ['a1', 'a0']],
    ['before one, at most so many', { before: { configurable: { checkpoint_id: 'a2' } }, limit: 1 }, ['a1']],
    ['before all', { before: { configurable: { checkpoint_id: 'a' } } }, []],
    ['before one that is not there', { before: { configurable: { checkpoint_id: 'a15' } } }, ['a1', 'a0']],
  ])('%s', async (_, options, expected) => {
    const { saver } = await nine()
    expect(await ids(saver.list({ configurable: { thread_id: 'a' } }, options))).toEqual(expected)
  })

  it('with a checkpoint id gives that one', async () => {
    const { saver } = await nine()
    expect(await ids(saver.list({ configurable: { thread_id: 'a', checkpoint_id: 'a1' } }))).toEqual(['a1'])
  })

  it('is not found by what a run was configured with: metadata is what was put', async () => {
    const scene = new Scene()
    await scene.put(
      { a: 1 },
      { config: { configurable: { user_id: 'u' }, metadata: { topic: 't' } }, metadata: { step: 7 } },
    )
    const [tuple] = await all(scene.saver.list(at('thread')))
    expect(tuple?.metadata).toEqual({ source: 'loop', step: 7, parents: {} })
    expect(await all(scene.saver.list(at('thread'), { filter: { user_id: 'u' } }))).toEqual([])
  })
})
