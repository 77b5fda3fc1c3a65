import { postgresStore } from '@everthread/core/postgres'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { END, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type PostgresProxy, startPostgresProxy } from './postgres-proxy.ts'
import { freshSchema } from './postgres-schema.ts'

const server = process.env.EVERTHREAD_TEST_POSTGRES as string
const schema = freshSchema(server)

let proxy: PostgresProxy

beforeAll(async () => {
  proxy = await startPostgresProxy(server)
})
afterAll(() => proxy.stop())

/** A user, agent, tools, agent turn: the agent calls the tool when the last word is the user's. */
function agentOn(checkpointer: EverthreadSaver) {
  return new StateGraph(MessagesAnnotation)
    .addNode('agent', ({ messages }) => {
      const call = { id: 'call-1', name: 'look', args: { at: 'it' }, type: 'tool_call' as const }
      const isAsked = HumanMessage.isInstance(messages.at(-1))
      return { messages: [new AIMessage(isAsked ? { content: '', tool_calls: [call] } : 'It is blue.')] }
    })
    .addNode('tools', () => ({ messages: [new ToolMessage({ tool_call_id: 'call-1', content: 'blue '.repeat(500) })] }))
    .addEdge(START, 'agent')
    .addConditionalEdges(
      'agent',
      ({ messages }) =>
        AIMessage.isInstance(messages.at(-1)) && (messages.at(-1) as AIMessage).tool_calls?.length ? 'tools' : END,
      ['tools', END],
    )
    .addEdge('tools', 'agent')
    .compile({ checkpointer })
}

it('a user, agent, tools, agent turn takes at most 8 statements, transactions included', async () => {
  const store = postgresStore(proxy.url, { schema })
  const agent = agentOn(new EverthreadSaver({ store }))
  const run = (text: string) =>
    agent.invoke({ messages: [new HumanMessage(text)] }, { configurable: { thread_id: 'turn' } })
  await run('What colour is it?')
  for (const question of ['Are you sure?', 'Really?', 'And now?']) {
    proxy.statements.length = 0
    await run(question)
    expect(proxy.statements.length).toBeLessThanOrEqual(8)
  }
  await store.close()
})
