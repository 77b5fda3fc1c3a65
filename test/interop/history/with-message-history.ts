import { EverthreadChatMessageHistory } from '@everthread/langchain-adapter'
import { type BaseMessage, HumanMessage } from '@langchain/core/messages'
import { ChatPromptTemplate, MessagesPlaceholder } from '@langchain/core/prompts'
import { RunnableLambda, RunnableWithMessageHistory } from '@langchain/core/runnables'
import { FakeListChatModel } from '@langchain/core/utils/testing'
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import { Bench, type Subject } from '../subjects/subject.ts'

const contents = (messages: BaseMessage[]): unknown[] => messages.map(({ content }) => content)

export function keepsHistories(subject: Subject): void {
  describe(`histories on ${subject.name}`, () => {
    const bench = new Bench(subject)
    const historyOf = (sessionId: string) =>
      new EverthreadChatMessageHistory({ store: bench.store, tenant: bench.tenant, sessionId })

    it('serve a chain of messages, turn after turn', async () => {
      const seen: number[] = []
      const model = new FakeListChatModel({ responses: ['one', 'two', 'three'] })
      const chain = new RunnableWithMessageHistory({
        runnable: RunnableLambda.from((messages: BaseMessage[]) => {
          seen.push(messages.length)
          return model.invoke(messages)
        }),
        getMessageHistory: historyOf,
      })
      for (const question of ['a', 'b', 'c'])
        await chain.invoke([new HumanMessage(question)], { configurable: { sessionId: 'list' } })
      expect(seen).toEqual([1, 3, 5])
      expect(contents(await historyOf('list').getMessages())).toEqual(['a', 'one', 'b', 'two', 'c', 'three'])
    })

    it('serve a prompt with a place for the history', async () => {
      const prompt = ChatPromptTemplate.fromMessages([
        ['system', 'Be brief'],
        new MessagesPlaceholder('history'),
        ['human', '{question}'],
      ])
      const chain = new RunnableWithMessageHistory({
        runnable: prompt.pipe(new FakeListChatModel({ responses: ['one', 'two'] })),
        getMessageHistory: historyOf,
        inputMessagesKey: 'question',
        historyMessagesKey: 'history',
      })
      for (const question of ['a', 'b']) await chain.invoke({ question }, { configurable: { sessionId: 'prompt' } })
      expect(contents(await historyOf('prompt').getMessages())).toEqual(['a', 'one', 'b', 'two'])
    })

    it('are those of a graph with the same id, whose messages are stored once', async () => {
      const graph = new StateGraph(MessagesAnnotation)
        .addNode('say', ({ messages }) => ({ messages: [{ role: 'assistant', content: `answer ${messages.length}` }] }))
        .addEdge('__start__', 'say')
        .compile({ checkpointer: bench.saver() })
      const config = { configurable: { thread_id: 'graph' } }
      await graph.invoke({ messages: [{ role: 'user', content: 'one' }] }, config)
      const history = historyOf('graph')
      expect(contents(await history.getMessages())).toEqual(['one', 'answer 1'])

      await history.addUserMessage('by the way')
      const { messages } = await graph.invoke({ messages: [{ role: 'user', content: 'two' }] }, config)
      expect(contents(messages)).toEqual(['one', 'answer 1', 'by the way', 'two', 'answer 4'])
      expect(await history.getMessages()).toEqual(messages)

      await history.clear()
      const fresh = await graph.invoke({ messages: [{ role: 'user', content: 'anew' }] }, config)
      expect(contents(fresh.messages)).toEqual(['anew', 'answer 1'])
    })
  })
}
