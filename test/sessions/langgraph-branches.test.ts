import { AIMessage, HumanMessage } from '@langchain/core/messages'
import { START, StateGraph } from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import { channels, GraphTalk } from './graph-talk.ts'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { textsOf, user } from './talk.ts'

describe.each(subjects)('the branches of a thread of LangGraph on $name', (subject) => {
  const scene = Scene.on(subject)

  describe.each(['plain', 'delta'] as const)('with a %s channel', (channel) => {
    it('starts afresh after a reset, and goes on where it was after the undo', async () => {
      const talk = new GraphTalk(scene, channel)
      await talk.say('a')
      await talk.session.messages.append(user('from the core'))
      await talk.session.reset({ mode: 'hard' })
      expect(await talk.values()).toEqual([])
      await talk.say('x')
      expect(talk.seen.at(-1)).toEqual(['x'])
      await talk.session.undo()
      expect(await talk.listed()).toEqual(['a', 'to a', 'from the core'])
      await talk.say('b')
      expect(talk.seen.at(-1)).toEqual(['a', 'to a', 'from the core', 'b'])
      expect(textsOf(await talk.session.messages.list({ branch: 'reset-1' }))).toEqual(['x', 'to x'])
    })

    it('forks at any message, and no run on one branch is seen on another', async () => {
      const talk = new GraphTalk(scene, channel)
      await talk.say('a')
      await talk.session.messages.append(user('from the core'))
      await talk.say('b')
      const [, answer, core] = await talk.session.messages.list()
      await talk.session.branches.fork({ from: String(answer?.id), name: 'early' })
      await talk.session.branches.fork({ from: String(core?.id), name: 'later' })
      await talk.session.branches.switch('early')
      expect(await talk.values()).toEqual(['a', 'to a'])
      await talk.say('x')
      expect(talk.seen.at(-1)).toEqual(['a', 'to a', 'x'])
      await talk.session.branches.switch('later')
      await talk.say('y')
      expect(talk.seen.at(-1)).toEqual(['a', 'to a', 'from the core', 'y'])
      await talk.session.branches.switch('main')
      expect(await talk.values()).toEqual(['a', 'to a', 'from the core', 'b', 'to b'])
      expect(textsOf(await talk.session.messages.list({ branch: 'early' }))).toEqual(['a', 'to a', 'x', 'to x'])
    })

    it('keeps a run on the branch that it began on, whatever is seen meanwhile', async () => {
      const talk = new GraphTalk(scene, channel, 'sync')
      await talk.say('a')
      const graph = new StateGraph(channels[channel])
        .addNode('reset', async () => {
          await talk.session.reset()
          return {}
        })
        .addNode('model', () => ({ messages: [new AIMessage('late')] }))
        .addEdge(START, 'reset')
        .addEdge('reset', 'model')
        .compile({ checkpointer: talk.saver })
      await graph.invoke({ messages: [new HumanMessage('b')] }, talk.config)
      expect(await talk.listed()).toEqual([])
      expect(await talk.values()).toEqual([])
      expect(textsOf(await talk.session.messages.list({ branch: 'main' }))).toEqual(['a', 'to a', 'b', 'late'])
      await talk.session.branches.switch('main')
      expect(await talk.values()).toEqual(['a', 'to a', 'b', 'late'])
    })
  })
})
