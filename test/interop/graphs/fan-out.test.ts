import { Annotation, Command, interrupt, Send, START, StateGraph } from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import { redis } from '../subjects/redis.ts'
import { sqlite } from '../subjects/sqlite.ts'
import { Bench } from '../subjects/subject.ts'

/** More than one read of pending writes brings. */
const TASKS = 1_010

const State = Annotation.Root({ log: Annotation<string[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }) })

describe.each([sqlite, redis])(`${TASKS} tasks of one superstep on $name`, (subject) => {
  const bench = new Bench(subject)

  it('that one of them stops are all there when another process goes on', async () => {
    const config = { configurable: { thread_id: crypto.randomUUID() } }
    const worked: number[] = []
    const graph = () =>
      new StateGraph(State)
        .addNode('plan', () => ({}))
        .addNode('work', ({ item }: { item: number }) => {
          const answer = item === 7 ? interrupt('?') : ''
          worked.push(item)
          return { log: [`worked ${item}${answer}`] }
        })
        .addEdge(START, 'plan')
        .addConditionalEdges('plan', () => Array.from({ length: TASKS }, (_, item) => new Send('work', { item })), [
          'work',
        ])
        .compile({ checkpointer: bench.saver() })
    await graph().invoke({}, config)
    expect(worked).toHaveLength(TASKS - 1)
    await graph().invoke(new Command({ resume: '!' }), config)
    expect(worked).toHaveLength(TASKS)
    const { values } = await graph().getState(config)
    expect(values.log).toEqual(Array.from({ length: TASKS }, (_, item) => `worked ${item}${item === 7 ? '!' : ''}`))
  })
})
