import { Command, entrypoint, getPreviousState, interrupt, task } from '@langchain/langgraph'
import { account, type Given, type Scenario } from '../scenario.ts'

/** An entrypoint whose tasks tell how often they ran. */
function workflow(given: Given, ran: string[], options: { ask: boolean }) {
  const double = task('double', async (n: number) => {
    ran.push(`double ${n}`)
    return { n: n * 2, words: `doubled ${n} `.repeat(60) }
  })
  return entrypoint({ name: 'flow', checkpointer: given.saver() }, async (numbers: number[]) => {
    const before = getPreviousState<{ sum: number; runs: number }>() ?? { sum: 0, runs: 0 }
    const doubled = await Promise.all(numbers.map((n) => double(n)))
    const added = options.ask ? Number(interrupt({ add: 'how much?' })) : 0
    const sum = doubled.reduce((total, { n }) => total + n, before.sum) + added
    return entrypoint.final({ value: { sum, doubled }, save: { sum, runs: before.runs + 1 } })
  })
}

export const functional: Scenario[] = [
  {
    name: 'an entrypoint that remembers what it saved',
    async play(given) {
      const ran: string[] = []
      const results: unknown[] = []
      for (const n of [1, 2, 3])
        results.push(await workflow(given, ran, { ask: false }).invoke([n, n + 1], given.config))
      return { results, ran, account: await account(workflow(given, ran, { ask: false }), given) }
    },
  },
  {
    name: 'tasks done before a question are not run again after it',
    async play(given) {
      const ran: string[] = []
      await workflow(given, ran, { ask: true }).invoke([1, 2, 3], given.config)
      const between = await account(workflow(given, ran, { ask: true }), given)
      const result = await workflow(given, ran, { ask: true }).invoke(new Command({ resume: 100 }), given.config)
      return { result, ran, between, account: await account(workflow(given, ran, { ask: true }), given) }
    },
  },
]
