import { AIMessage, type BaseMessage, HumanMessage } from '@langchain/core/messages'
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
import { describe, expect, it } from 'vitest'
import type { EverthreadSaver } from '../../src/index.ts'
import { at, Scene } from './scene.ts'
import { chatOn, every, human, talk, words } from './talk.ts'

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
