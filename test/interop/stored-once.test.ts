import type { Store } from '@everthread/core'
import { EverthreadChatMessageHistory } from '@everthread/langchain-adapter'
import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import {
  Annotation,
  Command,
  DeltaChannel,
  END,
  interrupt,
  MessagesAnnotation,
  messagesDeltaReducer,
  START,
  StateGraph,
} from '@langchain/langgraph'
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint'
import { describe, expect, it } from 'vitest'
import { redis } from './subjects/redis.ts'
import { sqlite } from './subjects/sqlite.ts'
import { Bench } from './subjects/subject.ts'

const TURNS = 20

/** A user, agent, tools, agent turn of messages that bring no ids, as a provider's do not always. */
function agentOn(checkpointer: BaseCheckpointSaver) {
  return new StateGraph(MessagesAnnotation)
    .addNode('agent', ({ messages }) => {
      const n = messages.length
      const call = { id: `call-${n}`, name: 'look', args: { at: n }, type: 'tool_call' as const }
      const isAsked = HumanMessage.isInstance(messages.at(-1))
      return {
        messages: [
          isAsked ? new AIMessage({ content: '', tool_calls: [call] }) : new AIMessage(`It is ${n}. `.repeat(30)),
        ],
      }
    })
    .addNode('tools', ({ messages }) => {
      const [call] = (messages.at(-1) as AIMessage).tool_calls ?? []
      return {
        messages: [new ToolMessage({ tool_call_id: call?.id ?? '', content: `${messages.length} `.repeat(400) })],
      }
    })
    .addEdge(START, 'agent')
    .addConditionalEdges(
      'agent',
      ({ messages }) => ((messages.at(-1) as AIMessage).tool_calls?.length ? 'tools' : END),
      ['tools', END],
    )
    .addEdge('tools', 'agent')
    .compile({ checkpointer })
}

const DeltaState = (snapshotFrequency: number) => ({
  messages: () => new DeltaChannel<BaseMessage[], BaseMessage[]>(messagesDeltaReducer, { snapshotFrequency }),
})

/** A conversation whose messages are stored as their writes, with the whole of them now and then. */
function deltaGraph(every: number, checkpointer: BaseCheckpointSaver) {
  return new StateGraph(Annotation.Root(DeltaState(every)))
    .addNode('say', ({ messages }) => ({ messages: [new AIMessage(`It is ${messages.length}. `.repeat(30))] }))
    .addEdge(START, 'say')
    .compile({ checkpointer })
}

/** How often each message stands in the store, by id: one line of a chunk each. */
async function storedMessages(store: Store, tenant: string, id: string): Promise<Map<string, number>> {
  const { rows, more } = await store.read({ tenant, id }, [{ prefix: 'm/', limit: 10_000 }])
  expect(more).toEqual([false])
  const chunks = (rows[0] ?? []).filter(({ key }) => key.split('/').length === 3)
  const entries = chunks.flatMap(({ value }) => new TextDecoder().decode(value).split('\n'))
  const counts = new Map<string, number>()
  for (const entry of entries) {
    const { id: message, role } = JSON.parse(entry) as { id?: string; role?: string }
    if (role !== undefined) counts.set(String(message), (counts.get(String(message)) ?? 0) + 1)
  }
  return counts
}

/** Everything of a session's partition. */
async function allText(store: Store, tenant: string, id: string): Promise<string> {
  const { rows, more } = await store.read({ tenant, id }, [{ prefix: '', limit: 10_000 }])
  expect(more).toEqual([false])
  return (rows[0] ?? []).map(({ key, value }) => `${key} ${new TextDecoder().decode(value)}`).join('\n')
}

const once = (messages: readonly BaseMessage[]): Map<string, number> =>
  new Map(messages.map(({ id }) => [String(id), 1]))

const runners = ['one saver', 'one saver that shares objects', 'a new saver for each turn'] as const

describe.each([sqlite, redis])('messages on $name', (subject) => {
  const bench = new Bench(subject)

  for (const durability of ['async', 'sync', 'exit'] as const) {
    it.each(runners)(
      `each stand once in the store after ${TURNS} turns by %s, durability ${durability}`,
      async (runner) => {
        const thread = crypto.randomUUID()
        const config = { configurable: { thread_id: thread } }
        const one = bench.saver({ share: runner === 'one saver that shares objects' })
        const saver = () => (runner === 'a new saver for each turn' ? bench.saver() : one)
        for (let turn = 0; turn < TURNS; turn++) {
          const said = new HumanMessage(`Question ${turn}? `.repeat(20))
          await agentOn(saver()).invoke({ messages: [said] }, { ...config, durability })
        }
        const { messages } = (await agentOn(saver()).getState(config)).values
        expect(messages).toHaveLength(4 * TURNS)
        expect(await storedMessages(bench.store, bench.tenant, thread)).toEqual(once(messages))
      },
    )
  }

  it('that was edited stands twice, in both versions, and the others once', async () => {
    const thread = crypto.randomUUID()
    const config = { configurable: { thread_id: thread } }
    for (let turn = 0; turn < 3; turn++) {
      await agentOn(bench.saver()).invoke({ messages: [new HumanMessage(`Question ${turn}?`)] }, config)
    }
    const { messages } = (await agentOn(bench.saver()).getState(config)).values
    const edited = new HumanMessage({ id: messages[4].id, content: 'Another question' })
    await agentOn(bench.saver()).updateState(config, { messages: [edited] })
    await agentOn(bench.saver()).invoke({ messages: [new HumanMessage('And now?')] }, config)
    const after = (await agentOn(bench.saver()).getState(config)).values.messages
    expect(after).toHaveLength(16)
    const expected = once(after).set(messages[4].id, 2)
    expect(await storedMessages(bench.store, bench.tenant, thread)).toEqual(expected)
  })

  it('written before a question that another process answers stand once', async () => {
    const thread = crypto.randomUUID()
    const config = { configurable: { thread_id: thread } }
    const graph = () =>
      new StateGraph(MessagesAnnotation)
        .addNode('tell', () => ({ messages: [new AIMessage('told '.repeat(100))] }))
        .addNode('ask', () => ({ messages: [new AIMessage(`asked ${interrupt('?')} `.repeat(100))] }))
        .addEdge(START, 'tell')
        .addEdge(START, 'ask')
        .compile({ checkpointer: bench.saver() })
    await graph().invoke({ messages: [new HumanMessage('Question?')] }, config)
    await graph().invoke(new Command({ resume: 'yes' }), config)
    const { messages } = (await graph().getState(config)).values
    expect(messages).toHaveLength(3)
    expect(await storedMessages(bench.store, bench.tenant, thread)).toEqual(once(messages))
  })

  it.each([1, 3, 10])(
    'of a delta channel stand once, with a snapshot every %i updates by another process',
    async (every) => {
      const thread = crypto.randomUUID()
      const config = { configurable: { thread_id: thread } }
      for (let turn = 0; turn < TURNS; turn++) {
        const said = new HumanMessage(`Question ${turn}? `.repeat(20))
        await deltaGraph(every, bench.saver()).invoke({ messages: [said] }, config)
      }
      const { messages } = (await deltaGraph(every, bench.saver()).getState(config)).values
      expect(messages).toHaveLength(2 * TURNS)
      expect(await storedMessages(bench.store, bench.tenant, thread)).toEqual(once(messages))
    },
  )

  it('of a thread that is a chat history too stand once, and reading it stores nothing', async () => {
    const sessionId = crypto.randomUUID()
    const config = { configurable: { thread_id: sessionId } }
    const history = () => new EverthreadChatMessageHistory({ store: bench.store, tenant: bench.tenant, sessionId })
    const run = (said: string) => agentOn(bench.saver()).invoke({ messages: [new HumanMessage(said)] }, config)
    const added = 'Said aside. '.repeat(40)
    await run('Question?')
    await history().addMessages([new HumanMessage(added), new AIMessage('Noted')])
    await run('And now?')
    const before = await allText(bench.store, bench.tenant, sessionId)
    const messages = await history().getMessages()
    expect(messages).toHaveLength(10)
    expect(messages).toEqual((await agentOn(bench.saver()).getState(config)).values.messages)
    expect(await storedMessages(bench.store, bench.tenant, sessionId)).toEqual(once(messages))
    expect(before.split(added)).toHaveLength(2)
    expect(await allText(bench.store, bench.tenant, sessionId)).toBe(before)
  })

  it('of a copied checkpoint stand once', async () => {
    const thread = crypto.randomUUID()
    const config = { configurable: { thread_id: thread } }
    const agent = () => agentOn(bench.saver())
    for (let turn = 0; turn < 3; turn++)
      await agent().invoke({ messages: [new HumanMessage(`Question ${turn}?`)] }, config)
    const history = []
    for await (const snapshot of agent().getStateHistory(config)) history.push(snapshot)
    for (const past of [history[0], history[3], history[7]])
      await agent().updateState(past?.config ?? {}, null, '__copy__')
    const { messages } = history[0]?.values ?? {}
    expect(messages).toHaveLength(12)
    expect(await storedMessages(bench.store, bench.tenant, thread)).toEqual(once(messages))
  })

  it('of two forks stand once, the ones that they share and the ones that they do not', async () => {
    const thread = crypto.randomUUID()
    const config = { configurable: { thread_id: thread } }
    const agent = () => agentOn(bench.saver())
    for (let turn = 0; turn < 3; turn++)
      await agent().invoke({ messages: [new HumanMessage(`Question ${turn}?`)] }, config)
    const first = await agent().getState(config)
    await agent().invoke({ messages: [new HumanMessage('One way?')] }, first.config)
    const one = await agent().getState(config)
    await agent().invoke({ messages: [new HumanMessage('Another way?')] }, first.config)
    const other = await agent().getState(config)
    const all = new Map([...once(one.values.messages), ...once(other.values.messages)])
    expect(all.size).toBe(20)
    expect(await storedMessages(bench.store, bench.tenant, thread)).toEqual(all)
  })
})
