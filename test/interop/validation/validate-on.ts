import type { EverthreadSaver } from '@everthread/langchain-adapter'
import { deltaChannelHistoryTests, validate } from '@langchain/langgraph-checkpoint-validation'
import { afterAll, expect, it } from 'vitest'
import { Bench, encrypted, type Subject } from '../subjects/subject.ts'

const TESTS = 718
const DELTA_TESTS = 8

type Tasks = readonly { type: string; mode: string; tasks?: Tasks }[]

/** LangGraph's own validation of checkpointers, plain and encrypted, and with `share` where asked. */
export function validateOn(subject: Subject, { share = false }: { share?: boolean } = {}): void {
  const ways = [
    { way: 'plain', codec: undefined, share: false },
    { way: 'encrypted', codec: encrypted(), share: false },
    ...(share ? [{ way: 'sharing objects', codec: undefined, share: true }] : []),
  ]
  for (const { way, codec, share } of ways) {
    const bench = new Bench(subject, codec)
    const used: EverthreadSaver[] = []
    const initializer = {
      // The package skips tests by this name: none of ours may be one that it knows.
      checkpointerName: `EverthreadSaver on ${subject.name}, ${way}`,
      createCheckpointer: () => {
        const saver = bench.saver({ share, tenant: `validation-${crypto.randomUUID()}` })
        used.push(saver)
        return saver
      },
    }
    afterAll(async () => {
      for (const saver of used) {
        for (const { threadId } of (await saver.listThreads({ limit: 1_000 })).threads)
          await saver.deleteThread(threadId)
      }
    })
    validate(initializer)
    deltaChannelHistoryTests(initializer)
  }
  it(`none of the ${ways.length} times ${TESTS + DELTA_TESTS} tests is skipped`, ({ task }) => {
    const tests = testsOf(task.file.tasks as Tasks).filter((test) => test !== (task as object))
    expect(tests.filter(({ mode }) => mode !== 'run')).toEqual([])
    expect(tests.length).toBe(ways.length * (TESTS + DELTA_TESTS))
  })
}

const testsOf = (tasks: Tasks): Tasks =>
  tasks.flatMap((task) => (task.type === 'test' ? [task] : testsOf(task.tasks ?? [])))
