import { randomUUID } from 'node:crypto'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { AIMessage, type BaseMessage, HumanMessage } from '@langchain/core/messages'
import {
  Annotation,
  DeltaChannel,
  MessagesAnnotation,
  messagesDeltaReducer,
  START,
  StateGraph,
} from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import { contents } from './graph-talk.ts'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { textsOf, user } from './talk.ts'

const states = {
  plain: Annotation.Root({ chat: MessagesAnnotation.spec.messages }),
  delta: Annotation.Root({
    chat: () => new DeltaChannel(messagesDeltaReducer) as never,
  }) as unknown as ReturnType<typeof Annotation.Root<{ chat: typeof MessagesAnnotation.spec.messages }>>,
}

describe.each(subjects)('a graph whose messages are in a channel of another name, on $name', (subject) => {
  const scene = Scene.on(subject)

  describe.each(['plain', 'delta'] as const)('a %s one,', (kind) => {
    const seen: unknown[] = []
    const graph = () =>
      new StateGraph(states[kind])
        .addNode('model', ({ chat }: { chat: BaseMessage[] }) => {
          seen.push(contents(chat))
          return { chat: [new AIMessage(`to ${chat.at(-1)?.content}`)] }
        })
        .addEdge(START, 'model')
        .compile({
          checkpointer: new EverthreadSaver({ store: scene.store, tenant: scene.tenant, messagesChannel: 'chat' }),
        })
    const say = (content: string, thread: string) =>
      graph().invoke({ chat: [new HumanMessage(content)] }, { configurable: { thread_id: thread } })

    it.each(['graph', 'session'])(
      'is a session, too, whose name for it others need not know: %s first',
      async (first) => {
        const thread = randomUUID()
        const session = () => scene.manager().asService().open(thread)
        if (first === 'graph') await say('a', thread)
        else await session().messages.append([user('a'), user('to a')])
        await session().messages.append(user('from the core'))
        await say('b', thread)
        expect(seen.at(-1)).toEqual(['a', 'to a', 'from the core', 'b'])
        const all = ['a', 'to a', 'from the core', 'b', 'to b']
        const found = await scene.manager().asService().get(thread)
        expect(textsOf((await found?.messages.list()) ?? [])).toEqual(all)
        expect(found?.counts.messages).toBe(5)
        const streamed: unknown[] = []
        for await (const { parts } of session().messages.stream()) streamed.push(parts[0]?.content)
        expect(streamed).toEqual(all)
        expect(textsOf(await session().messages.list({ removed: true })).sort()).toEqual([...all].sort())

        const [message] = (await found?.messages.list()) ?? []
        await session().branches.fork({ from: String(message?.id), name: 'early' })
        await session().branches.switch('early')
        await say('x', thread)
        expect(seen.at(-1)).toEqual(['a', 'x'])
        expect(textsOf(await session().messages.list())).toEqual(['a', 'x', 'to x'])
      },
    )

    it('is one after an export, a copy and a reset', async () => {
      const thread = randomUUID()
      await say('a', thread)
      const session = await scene.manager().asService().get(thread)
      const text = (await session?.export()) ?? ''
      const copy = await scene.manager().asService().import(text, { id: randomUUID() })
      await say('b', copy.id)
      expect(textsOf(await copy.messages.list())).toEqual(['a', 'to a', 'b', 'to b'])
      await copy.reset()
      await copy.messages.append(user('anew'))
      await say('c', copy.id)
      expect(seen.at(-1)).toEqual(['anew', 'c'])
      expect(textsOf(await copy.messages.list())).toEqual(['anew', 'c', 'to c'])
    })
  })
})
