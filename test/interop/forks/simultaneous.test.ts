import { AIMessage, type BaseMessage, HumanMessage } from '@langchain/core/messages'
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import { postgres } from '../subjects/postgres.ts'
import { redis } from '../subjects/redis.ts'
import { sqlite } from '../subjects/sqlite.ts'
import { Bench } from '../subjects/subject.ts'
import { configurable, listed } from './branch.ts'

const RUNS = 3

const ids = (messages: unknown): (string | undefined)[] => (messages as BaseMessage[]).map(({ id }) => id)

describe.each([sqlite, redis, postgres])('simultaneous runs of a graph on one thread, on $name', (subject) => {
  const bench = new Bench(subject)

  it.each(['one saver', 'a saver each'])('by %s: what each was told and said is in the history', async (by) => {
    const config = { configurable: { thread_id: crypto.randomUUID() } }
    const one = bench.saver()
    const graph = () =>
      new StateGraph(MessagesAnnotation)
        .addNode('say', ({ messages }) => {
          const last = messages.findLast((message) => HumanMessage.isInstance(message))
          return { messages: [new AIMessage({ id: `answer to ${last?.id}`, content: 'words '.repeat(100) })] }
        })
        .addEdge(START, 'say')
        .compile({ checkpointer: by === 'one saver' ? one : bench.saver({ store: bench.open() }) })
    const say = (id: string) => graph().invoke({ messages: [new HumanMessage({ id, content: id })] }, config)
    await say('first')
    const outcomes = await Promise.all(Array.from({ length: RUNS }, (_, run) => say(`run ${run}`)))
    const all = await listed(bench.saver(), config.configurable.thread_id)
    const states = [...all.values()]
      .map(({ checkpoint }) => checkpoint.channel_values.messages)
      .filter(Boolean)
      .map(ids)
    for (const [run, { messages }] of outcomes.entries()) {
      expect(ids(messages)).toContain(`answer to run ${run}`)
      expect(states).toContainEqual(ids(messages))
    }
    for (const { checkpoint, parentConfig } of all.values()) {
      const parent = parentConfig && all.get(configurable(parentConfig).checkpoint_id as string)
      const before = ids(parent?.checkpoint.channel_values.messages ?? [])
      // Each goes on from what its parent holds, whoever else wrote meanwhile.
      expect(ids(checkpoint.channel_values.messages ?? []).slice(0, before.length)).toEqual(before)
    }
  })
})
