import { type BaseMessage, ToolMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { type AgentMiddleware, createAgent } from 'langchain'
import { z } from 'zod'
import type { Bench } from '../subjects/subject.ts'
import type { StrictModel } from './strict-model.ts'

export const TURNS = 200
/** Tokens; all the pages are ten times as many. */
export const BUDGET = 6_000
export const question = { messages: [{ role: 'user', content: 'Read it all, my order is ORD-4711' }] }

/** A page of about 300 tokens, each another. */
const pageOf = (page: number): string =>
  `Page ${page}. ${`Line ${page} says that all is well with item ${page * 7}. `.repeat(20)}`

export const read = tool(async ({ page }) => pageOf(page), {
  name: 'read',
  description: 'Reads a page',
  schema: z.object({ page: z.number() }),
})

/** How many pages stand there as they were read. */
export const pagesIn = (messages: readonly BaseMessage[]): number =>
  messages.filter(
    (message) => ToolMessage.isInstance(message) && message.content === pageOf(Number(message.tool_call_id.slice(5))),
  ).length

/** Lets an agent read page after page, in a thread of its own. */
export async function readAll(
  bench: Bench,
  { model, thread, middleware }: { model: StrictModel; thread: string; middleware: readonly AgentMiddleware[] },
): Promise<{ messages: BaseMessage[]; calls: StrictModel['calls'] }> {
  const agent = createAgent({
    model,
    tools: [read],
    systemPrompt: 'Be brief',
    checkpointer: bench.saver({ share: true }),
    middleware,
  })
  const { messages } = await agent.invoke(question, {
    configurable: { thread_id: thread },
    recursionLimit: 10 * TURNS,
  })
  return { messages: messages as BaseMessage[], calls: model.calls }
}
