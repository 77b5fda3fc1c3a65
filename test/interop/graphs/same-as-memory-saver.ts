import { MemorySaver } from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import { Bench, type Subject } from '../subjects/subject.ts'
import type { Given, Scenario } from './scenario.ts'
import { toText } from './scenario.ts'
import { agents } from './scenarios/agents.ts'
import { branching } from './scenarios/branching.ts'
import { deltas } from './scenarios/deltas.ts'
import { functional } from './scenarios/functional.ts'
import { interrupts } from './scenarios/interrupts.ts'
import { messages } from './scenarios/messages.ts'
import { subgraphs } from './scenarios/subgraphs.ts'
import { timeTravel } from './scenarios/time-travel.ts'

const topics: Record<string, Scenario[]> = {
  agents,
  messages,
  branching,
  interrupts,
  subgraphs,
  deltas,
  functional,
  'time travel': timeTravel,
}

const configFor = (): Given['config'] => ({ configurable: { thread_id: crypto.randomUUID() } })

/** Who runs the graphs: a process that stays, or another one for each run. */
type Runner = 'one saver that shares objects' | 'a new saver for each run'

/** Every scenario gives the same states, tasks, interrupts and histories as with LangGraph's own MemorySaver. */
export function graphsDoTheSame(subject: Subject, runners: Runner[]): void {
  describe.each(runners)(`on ${subject.name}, by %s, graphs do what they do on MemorySaver`, (runner) => {
    const bench = new Bench(subject)
    for (const [topic, scenarios] of Object.entries(topics)) {
      describe(topic, () => {
        it.each(scenarios)('$name', async ({ play }) => {
          const peer = new MemorySaver()
          const expected = toText(await play({ saver: () => peer, config: configFor() }))
          const one = bench.saver({ share: true })
          const saver = () => (runner === 'one saver that shares objects' ? one : bench.saver())
          expect(toText(await play({ saver, config: configFor() }))).toBe(expected)
        })
      })
    }
  })
}
