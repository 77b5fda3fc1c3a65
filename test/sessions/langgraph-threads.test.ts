import type { NeutralMessage } from '@everthread/core'
import { AIMessage, HumanMessage, RemoveMessage, ToolMessage } from '@langchain/core/messages'
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import { contents, GraphTalk } from './graph-talk.ts'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { textsOf, user } from './talk.ts'

describe.each(subjects)('a thread of LangGraph, its checkpoints and its messages, as a session on $name', (subject) => {
  const scene = Scene.on(subject)

  it('holds messages back while calls of tools are open', async () => {
    const talk = new GraphTalk(scene)
    const call = { name: 'look', args: {}, id: 'call-1' }
    const graph = () =>
      new StateGraph(MessagesAnnotation)
        .addNode('model', () => ({ messages: [new AIMessage({ content: '', tool_calls: [call] })] }))
        .addNode('tools', () => ({ messages: [new ToolMessage({ content: 'seen', tool_call_id: 'call-1' })] }))
        .addEdge(START, 'model')
        .addEdge('model', 'tools')
        .compile({ checkpointer: talk.saver, interruptBefore: ['tools'] })
    await graph().invoke({ messages: [new HumanMessage('a')] }, talk.config)
    await talk.session.messages.append(user('meanwhile'))
    await graph().invoke(null, talk.config)
    expect((await talk.session.messages.list()).map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user'])
  })

  it.each(['plain', 'delta'] as const)(
    'takes a version that the core writes in place of a message, and lists all that ever was: %s',
    async (channel) => {
      const talk = new GraphTalk(scene, channel)
      await talk.say('a')
      const [first, answer] = await talk.session.messages.list()
      await talk.session.messages.append(user('a, better', { id: String(first?.id) }))
      expect(await talk.listed()).toEqual(['a, better', 'to a'])
      await talk.graph().updateState(talk.config, { messages: [new RemoveMessage({ id: String(answer?.id) })] })
      expect(await talk.values()).toEqual(['a, better'])
      expect(await talk.listed()).toEqual(['a, better'])
      await talk.session.reset()
      await talk.session.messages.append(user('anew'))
      expect(textsOf(await talk.session.messages.list({ removed: true })).sort()).toEqual([
        'a',
        'a, better',
        'anew',
        'to a',
      ])
    },
  )

  it('hands nothing to a run that is given its checkpoint', async () => {
    const talk = new GraphTalk(scene)
    await talk.say('a')
    const { config } = await talk.graph().getState(talk.config)
    await talk.session.messages.append(user('later'))
    const pending = await talk.graph().getState(talk.config)
    await talk.graph().invoke({ messages: [new HumanMessage('b')] }, { ...config })
    expect(talk.seen.at(-1)).toEqual(['a', 'to a', 'b'])
    await talk.graph().invoke({ messages: [new HumanMessage('c')] }, { ...pending.config })
    expect(talk.seen.at(-1)).toEqual(['a', 'to a', 'c'])
    await talk.say('d')
    expect(talk.seen.at(-1)).toEqual(['a', 'to a', 'c', 'to c', 'later', 'd'])
  })

  it('shows its checkpoints beside those that the core has saved, and keeps both apart', async () => {
    const talk = new GraphTalk(scene)
    await talk.say('a')
    const saved = await talk.session.checkpoints.save({ note: 'here' })
    await talk.say('b')
    const ofGraph = await talk.session.checkpoints.list({ source: 'langgraph' })
    const history: unknown[] = []
    for await (const { values } of talk.graph().getStateHistory(talk.config))
      history.push(contents(values.messages ?? []))
    expect(ofGraph.map(({ data }) => textsOf((data as { messages?: NeutralMessage[] }).messages ?? []))).toEqual(
      history,
    )
    expect(ofGraph[0]?.createdAt).toBeGreaterThan(Date.UTC(2020, 0))
    await talk.saver.pruneCheckpoints({ threadId: talk.thread, keepLast: 1 })
    expect(await talk.session.checkpoints.list()).toEqual([saved])
    await talk.session.checkpoints.restore(saved.id)
    expect(await talk.listed()).toEqual(['a', 'to a'])
    await talk.say('x')
    expect(talk.seen.at(-1)).toEqual(['a', 'to a', 'x'])
  })

  it('keeps through a prune what is behind the tip and what branches stand at', async () => {
    const talk = new GraphTalk(scene)
    await talk.say('a')
    await talk.session.messages.append(user('kept'))
    const [first] = await talk.session.messages.list()
    await talk.session.branches.fork({ from: String(first?.id), name: 'side' })
    await talk.say('b')
    await talk.session.messages.append(user('behind'))
    await talk.saver.pruneCheckpoints({ threadId: talk.thread, keepLast: 1 })
    expect(await talk.listed()).toEqual(['a', 'to a', 'kept', 'b', 'to b', 'behind'])
    expect(textsOf(await talk.session.messages.list({ branch: 'side' }))).toEqual(['a'])
  })
})
