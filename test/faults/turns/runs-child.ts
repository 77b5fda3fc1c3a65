/** Runs the agent many times at once on one thread. */
import { SessionManager } from '@everthread/core'
import { EverthreadSaver, withTurns } from '@everthread/langchain-adapter'
import { HumanMessage } from '@langchain/core/messages'
import { agentOn } from './agent.ts'
import type { Where } from './child.ts'
import { childArguments, openWhere } from './open-where.ts'

const { where, thread, questions } = childArguments<{ where: Where; thread: string; questions: string[] }>()
const store = await openWhere(where)
const agent = withTurns(agentOn(new EverthreadSaver({ store })), { sessions: new SessionManager({ store }) })
await Promise.all(
  questions.map((question) =>
    agent.invoke({ messages: [new HumanMessage(question)] }, { configurable: { thread_id: thread } }),
  ),
)
await store.close()
