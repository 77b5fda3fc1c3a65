import type { NeutralMessage } from '@everthread/core'
import { AIMessage, HumanMessage } from '@langchain/core/messages'
import { Command, START, StateGraph } from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import { channels, durabilities, GraphTalk } from './graph-talk.ts'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { textsOf, user } from './talk.ts'

describe.each(subjects)('a thread of LangGraph as a session on $name', (subject) => {
  const scene = Scene.on(subject)

  describe.each(['plain', 'delta'] as const)('with a %s channel', (channel) => {
    it.each(durabilities)(
      'gives its next run what the core has appended, once: graph first, %s',
      async (durability) => {
        const talk = new GraphTalk(scene, channel, durability)
        await talk.say('a')
        await talk.session.messages.append(user('from the core'))
        const both = ['a', 'to a', 'from the core']
        expect(await talk.listed()).toEqual(both)
        expect(await talk.values()).toEqual(both)
        await talk.say('b')
        expect(talk.seen.at(-1)).toEqual([...both, 'b'])
        await talk.say('c')
        const all = [...both, 'b', 'to b', 'c', 'to c']
        expect(await talk.values()).toEqual(all)
        expect(await talk.listed()).toEqual(all)
      },
    )

    it('is compacted for the context, here and elsewhere, and stays whole for the graph', async () => {
      const talk = new GraphTalk(scene, channel, 'sync')
      for (const word of ['a', 'b', 'c', 'd']) await talk.say(word)
      const model = (): string => 'They said some letters.'
      expect(await talk.session.compact({ model, keepRecent: 2 })).toMatchObject({ outcome: 'compacted' })
      await talk.say('e')
      expect(talk.seen.at(-1)).toHaveLength(9)
      const [summary, ...rest] = textsOf(await talk.session.context.messages())
      expect(summary).toContain('They said some letters.')
      expect(rest).toEqual(['d', 'to d', 'e', 'to e'])
      expect(await talk.session.undo()).toMatchObject({ kind: 'compaction' })
      expect(textsOf(await talk.session.context.messages())).toEqual(await talk.values())
    })

    it.each(durabilities)(
      'gives its next run what the core has appended, once: session first, %s',
      async (durability) => {
        const talk = new GraphTalk(scene, channel, durability)
        await talk.session.messages.append([user('one'), user('two')])
        expect(await talk.values()).toEqual(['one', 'two'])
        await talk.say('a')
        expect(talk.seen).toEqual([['one', 'two', 'a']])
        await talk.session.messages.append(user('three'))
        await talk.say('b')
        const all = ['one', 'two', 'a', 'to a', 'three', 'b', 'to b']
        expect(await talk.values()).toEqual(all)
        expect(await talk.listed()).toEqual(all)
      },
    )

    it.each(durabilities)('after an interrupt they enter after the resume, once: %s', async (durability) => {
      const talk = new GraphTalk(scene, channel, durability)
      await talk.say('a')
      const graph = talk.graph(true)
      await graph.invoke({ messages: [new HumanMessage('b')] }, talk.config)
      await talk.session.messages.append(user('meanwhile'))
      expect(await talk.listed()).toEqual(['a', 'to a', 'b', 'meanwhile'])
      await talk.graph(true).invoke(new Command({ resume: 'yes' }), talk.config)
      const resumed = ['a', 'to a', 'b', 'answered yes', 'to answered yes']
      expect(talk.seen.at(-1)).toEqual(resumed.slice(0, -1))
      expect(await talk.values()).toEqual([...resumed, 'meanwhile'])
      expect(await talk.listed()).toEqual([...resumed, 'meanwhile'])
      await talk.say('c')
      expect(talk.seen.at(-1)).toEqual([...resumed, 'meanwhile', 'c'])
      expect(await talk.listed()).toEqual([...resumed, 'meanwhile', 'c', 'to c'])
    })

    it('loses nothing that is appended while a run goes on', async () => {
      const talk = new GraphTalk(scene, channel, 'sync')
      await talk.session.messages.append(user('before'))
      const graph = new StateGraph(channels[channel])
        .addNode('model', async ({ messages }) => {
          await talk.session.messages.append(user(`during ${messages.length}`))
          return { messages: [new AIMessage('answer')] }
        })
        .addEdge(START, 'model')
        .compile({ checkpointer: talk.saver })
      await graph.invoke({ messages: [new HumanMessage('a')] }, talk.config)
      expect(await talk.listed()).toEqual(['before', 'a', 'answer', 'during 2'])
      await talk.say('b')
      expect(talk.seen.at(-1)).toEqual(['before', 'a', 'answer', 'during 2', 'b'])
    })

    it('keeps messages as the core has written them: times, metadata, forms of others', async () => {
      const talk = new GraphTalk(scene, channel)
      const native = { format: 'others/1', data: { any: 'thing' } }
      const parts = [{ type: 'text', content: 'x', of: 'ours' }]
      const written = await talk.session.messages.append({ role: 'user', parts, metadata: { from: 'web' }, native })
      await talk.say('a')
      await talk.say('b')
      expect((await talk.session.messages.list()).slice(0, 1)).toEqual(written)
    })

    it('streams its history as it is listed', async () => {
      const talk = new GraphTalk(scene, channel)
      await talk.say('a')
      await talk.session.messages.append([user('one'), user('two')])
      const streamed: NeutralMessage[] = []
      for await (const message of talk.session.messages.stream()) streamed.push(message)
      expect(streamed).toEqual(await talk.session.messages.list())
    })
  })
})
