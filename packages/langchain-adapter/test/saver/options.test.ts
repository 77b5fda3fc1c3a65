import { splitKey } from '@everthread/core'
import { Serializable } from '@langchain/core/load/serializable'
import { AIMessage, type BaseMessage, HumanMessage } from '@langchain/core/messages'
import { Annotation, MessagesAnnotation, messagesStateReducer, START, StateGraph } from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import { EverthreadSaver } from '../../src/index.ts'
import { all, at, Scene, withCode } from './scene.ts'

const human = (id: string): HumanMessage => new HumanMessage({ id, content: `${id} `.repeat(200) })

describe('a saver without a store', () => {
  it('is refused', () => {
    expect(() => new EverthreadSaver({} as never)).toThrow(withCode('STORE_MISSING'))
  })
})

describe('pending writes', () => {
  it('come back in the order of their task paths, then tasks, then places', async () => {
    const scene = new Scene()
    const config = await scene.put({ a: 1 })
    const put = (task: string, path?: string) =>
      scene.saver.putWrites(
        config,
        [
          ['a', `${task}.0`],
          ['b', `${task}.1`],
        ],
        task,
        path,
      )
    await put('t3', 'p1')
    await put('t2', 'p2')
    await put('t1', 'p2')
    await put('t9')
    await put('t0', 'p3')
    const values = (await scene.another().getTuple(config))?.pendingWrites?.map(([, , value]) => value)
    expect(values).toEqual(['t9', 't3', 't1', 't2', 't0'].flatMap((task) => [`${task}.0`, `${task}.1`]))
  })

  it('of a task stay as first written, but for the special ones, whose last counts', async () => {
    const scene = new Scene()
    const config = await scene.put({ a: 1 })
    await scene.saver.putWrites(
      config,
      [
        ['a', 'first'],
        ['__error__', 'one'],
      ],
      'task',
    )
    await scene.another().putWrites(config, [['a', 'second']], 'task')
    await scene.another().putWrites(config, [['__interrupt__', 'asked']], 'task')
    await scene.another().putWrites(config, [['__interrupt__', 'asked again']], 'task')
    expect(new Set((await scene.another().getTuple(config))?.pendingWrites)).toEqual(
      new Set([
        ['task', 'a', 'first'],
        ['task', '__error__', 'one'],
        ['task', '__interrupt__', 'asked again'],
      ]),
    )
  })
})

describe('messagesChannel', () => {
  it('names the channel whose messages get ids before they are stored, and are counted', async () => {
    const scene = new Scene({ messagesChannel: 'chat' })
    const State = Annotation.Root({
      chat: Annotation<BaseMessage[]>({ reducer: messagesStateReducer, default: () => [] }),
      ...MessagesAnnotation.spec,
    })
    const graph = new StateGraph(State)
      .addNode('say', () => ({
        chat: [new AIMessage('one'), new AIMessage('two')],
        messages: [new AIMessage('three')],
      }))
      .addEdge(START, 'say')
      .compile({ checkpointer: scene.saver })
    await graph.invoke({ chat: [new HumanMessage('zero')] }, at('thread'))
    const { threads } = await scene.saver.listThreads()
    expect(threads[0]?.counts.messages).toBe(3)
    const [, newest] = await all(scene.saver.list(at('thread')))
    const written = newest?.pendingWrites?.filter(([, channel]) => channel === 'chat').flatMap(([, , value]) => value)
    expect(written?.map((message) => (message as BaseMessage).id)).toEqual([expect.any(String), expect.any(String)])
  })
})

describe('share', () => {
  it('hands out the same messages again, and new ones once they were changed in place', async () => {
    const scene = new Scene({ share: true })
    const config = await scene.put({ messages: [human('a'), human('b')] })
    const messagesOf = async (): Promise<BaseMessage[]> =>
      (await scene.saver.getTuple(config))?.checkpoint.channel_values.messages as BaseMessage[]
    const first = await messagesOf()
    const second = await messagesOf()
    expect(second).not.toBe(first)
    expect(second[0]).toBe(first[0])
    ;(second[1] as BaseMessage).content = 'changed'
    const third = await messagesOf()
    expect(third[1]?.content).toBe(human('b').content)
    second.length = 0
    expect(await messagesOf()).toHaveLength(2)
  })

  it('is off by default: every load makes new ones', async () => {
    const scene = new Scene()
    const config = await scene.put({ messages: [human('a')] })
    const load = () => scene.saver.getTuple(config)
    const [first, second] = [await load(), await load()]
    expect(first?.checkpoint.channel_values.messages).toEqual(second?.checkpoint.channel_values.messages)
    const [[a], [b]] = [first, second].map((tuple) => tuple?.checkpoint.channel_values.messages) as [
      unknown[],
      unknown[],
    ]
    expect(a).not.toBe(b)
  })
})

describe('cacheBytes: 0', () => {
  it('keeps no text, and loses nothing', async () => {
    const scene = new Scene({ cacheBytes: 0 })
    let parent = await scene.put({ messages: [human('0')] })
    const messages = [human('0')]
    for (let n = 1; n < 80; n++) {
      messages.push(human(`${n}`))
      parent = await scene.put({ messages: [...messages] }, { parent })
    }
    expect((await scene.saver.getTuple(at('thread')))?.checkpoint.channel_values).toEqual({ messages })
    const entries = (await scene.rows()).filter(({ key }) => key.startsWith('m/') && splitKey(key).length === 3)
    const lines = entries.flatMap(({ value }) => new TextDecoder().decode(value).split('\n'))
    expect(lines).toHaveLength(80)
  })
})

describe('a class that stored state names', () => {
  it('is not constructed, whether it was put or forged', async () => {
    let made = 0
    class Danger extends Serializable {
      override lc_serializable = true
      override lc_namespace = ['langchain', 'danger']
      constructor(fields: Record<string, unknown>) {
        super(fields)
        made++
      }
    }
    const put = new Danger({ command: 'rm' })
    const forged = {
      lc: 1,
      type: 'constructor',
      id: ['langchain_core', 'messages', 'HumanMessage'],
      kwargs: { content: 'x' },
    }
    const older = { lc: 2, type: 'constructor', id: ['Map'], method: null, args: [[]], kwargs: {} }
    const scene = new Scene()
    const config = await scene.put({ put, forged, older, list: [put, forged, 'x'.repeat(600)] })
    await scene.saver.putWrites(
      config,
      [
        ['put', put],
        ['forged', forged],
      ],
      'task',
    )
    const tuple = await scene.another().getTuple(config)
    expect(made).toBe(1)
    const inert = { lc: 1, type: 'constructor', id: ['langchain', 'danger', 'Danger'], kwargs: { command: 'rm' } }
    const values = { put: inert, forged, older, list: [inert, forged, 'x'.repeat(600)] }
    expect(tuple?.checkpoint.channel_values).toStrictEqual(values)
    expect(tuple?.pendingWrites?.map(([, , value]) => value)).toStrictEqual([inert, forged])
  })
})
