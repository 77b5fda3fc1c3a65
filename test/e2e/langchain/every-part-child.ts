/** Uses every part of the adapter with the LangChain that is installed beside it, and prints what comes of it as JSON. */
import { SessionManager } from '@everthread/core'
import { sqliteStore } from '@everthread/core/sqlite'
import {
  contextMiddleware,
  EverthreadChatMessageHistory,
  EverthreadMemory,
  EverthreadSaver,
  EverthreadStore,
  withTurns,
} from '@everthread/langchain-adapter'
import { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { RunnableLambda, RunnableWithMessageHistory } from '@langchain/core/runnables'
import { tool } from '@langchain/core/tools'
import { Command, entrypoint, interrupt, MessagesAnnotation, START, StateGraph, task } from '@langchain/langgraph'
import { createAgent } from 'langchain'
import { z } from 'zod'

const PAGES = 20
const store = sqliteStore('versions.db')
const sessions = new SessionManager({ store })
const configOf = (thread: string) => ({ configurable: { thread_id: thread }, recursionLimit: 100 })
const contentsOf = (messages: BaseMessage[]) => messages.map(({ content }) => content)

/** Reads one page after another, and notes how much it was sent and which tools it was offered. */
class Reader extends BaseChatModel {
  readonly sent: number[] = []
  offered: string[] = []
  #read = 0

  constructor() {
    super({})
  }

  _llmType(): string {
    return 'reader'
  }

  override bindTools(tools: unknown[]): this {
    this.offered = tools.map((each) => (each as { name: string }).name)
    return this
  }

  async _generate(messages: BaseMessage[]) {
    this.sent.push(JSON.stringify(contentsOf(messages)).length)
    const page = this.#read++
    const call = { id: `call-${page}`, name: 'read', args: { page }, type: 'tool_call' as const }
    const message = page < PAGES ? new AIMessage({ content: '', tool_calls: [call] }) : new AIMessage('Read')
    return { generations: [{ message, text: '' }] }
  }
}

async function saver() {
  // Another saver for each run, as another process would have.
  const graph = () =>
    new StateGraph(MessagesAnnotation)
      .addNode('ask', () => ({ messages: [new AIMessage(`You said ${interrupt('what?')}`)] }))
      .addEdge(START, 'ask')
      .compile({ checkpointer: new EverthreadSaver({ store }) })
  const config = configOf('graph')
  await graph().invoke({ messages: [new HumanMessage('Hello')] }, config)
  const { tasks } = await graph().getState(config)
  const { messages } = await graph().invoke(new Command({ resume: 'yes' }), config)
  let checkpoints = 0
  for await (const _ of graph().getStateHistory(config)) checkpoints++
  return { asked: tasks[0]?.interrupts[0]?.value, messages: contentsOf(messages), checkpoints }
}

async function functional() {
  const double = task('double', async (n: number) => 2 * n)
  const flow = entrypoint({ name: 'flow', checkpointer: new EverthreadSaver({ store }) }, async (n: number) =>
    entrypoint.final({ value: await double(n), save: n }),
  )
  return [await flow.invoke(2, configOf('flow')), (await flow.getState(configOf('flow'))).values]
}

async function history() {
  const historyOf = (sessionId: string) => new EverthreadChatMessageHistory({ store, sessionId })
  const chain = new RunnableWithMessageHistory({
    runnable: RunnableLambda.from((messages: BaseMessage[]) => new AIMessage(`answer ${messages.length}`)),
    getMessageHistory: historyOf,
  })
  for (const said of ['a', 'b']) await chain.invoke([new HumanMessage(said)], { configurable: { sessionId: 'chain' } })
  return {
    chain: contentsOf(await historyOf('chain').getMessages()),
    graph: contentsOf(await historyOf('graph').getMessages()),
  }
}

async function memory() {
  const memory = new EverthreadMemory({ store, sessionId: 'memory', budget: 1_000 })
  await memory.saveContext({ input: 'Hello' }, { output: 'Hi' })
  return memory.loadMemoryVariables({})
}

async function memories() {
  const embedQuery = async (text: string) => [text.length, 1]
  const embeddings = { embedQuery, embedDocuments: (texts: string[]) => Promise.all(texts.map(embedQuery)) }
  const longTerm = new EverthreadStore({ store, index: { dims: 2, embeddings, fields: ['text'] } })
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('note', async (_, { store }) => {
      await store?.put(['users', 'ada'], 'tea', { text: 'tea' })
      await store?.put(['users', 'ada'], 'long', { text: 'a much longer text' })
      const found = (await store?.search(['users'], { query: 'cup', limit: 1 })) ?? []
      return { messages: [new AIMessage(found.map(({ key }) => key).join())] }
    })
    .addEdge(START, 'note')
    .compile({ store: longTerm })
  const { messages } = await graph.invoke({ messages: [] })
  return { found: contentsOf(messages), namespaces: await longTerm.listNamespaces() }
}

async function agent() {
  const read = tool(async ({ page }) => `Page ${page}. ${'All is well. '.repeat(60)}`, {
    name: 'read',
    description: 'Reads a page',
    schema: z.object({ page: z.number() }),
  })
  const model = new Reader()
  const made = createAgent({
    model,
    tools: [read],
    checkpointer: new EverthreadSaver({ store }),
    middleware: [contextMiddleware({ budget: 2_000, sessions })],
  })
  const config = configOf('agent')
  const ended = new Set<string>()
  const question = { messages: [new HumanMessage('Read it')] }
  for await (const { event, name } of withTurns(made, { sessions }).streamEvents(question, {
    ...config,
    version: 'v2',
  }))
    if (event === 'on_tool_end' || event === 'on_chat_model_end') ended.add(name)
  const { messages } = (await made.graph.getState(config)).values as { messages: BaseMessage[] }
  const results = messages.filter((message) => ToolMessage.isInstance(message))
  return {
    kept: messages.length,
    whole: results.every(({ content }) => String(content).length > 700),
    // About four letters are one token.
    fits: Math.max(...model.sent) < 4 * 2_000,
    offered: model.offered,
    ended: [...ended].sort(),
    stored: await sessions.asService().open('agent').messages.count(),
  }
}

const outcome = {
  saver: await saver(),
  functional: await functional(),
  history: await history(),
  memory: await memory(),
  memories: await memories(),
  agent: await agent(),
}
await sessions.close()
await store.close()
process.stdout.write(JSON.stringify(outcome))
