import { contextMiddleware } from '@everthread/langchain-adapter'
import { AIMessage, type BaseMessage } from '@langchain/core/messages'
import { type AgentMiddleware, ClearToolUsesEdit, contextEditingMiddleware, summarizationMiddleware } from 'langchain'
import { describe, expect, it } from 'vitest'
import { memory } from '../subjects/memory.ts'
import { Bench } from '../subjects/subject.ts'
import { BUDGET, TURNS as MOST_TURNS, pagesIn, readAll } from './reading-agent.ts'
import { type Script, StrictModel, toolTurns } from './strict-model.ts'

/** Theirs cost the most time of all tests here, and fewer turns say the same. */
const TURNS = process.env.EVERTHREAD_SOAK ? MOST_TURNS : 100
const WHOLE = 2 * TURNS + 2

/** Its model is typed by LangChain's own kinds. */
const summarising = (script: Script): AgentMiddleware =>
  (summarizationMiddleware as unknown as (options: object) => AgentMiddleware)({
    model: new StrictModel(script),
    trigger: { tokens: BUDGET },
    keep: { messages: 6 },
  })

const clearing = (edit?: ClearToolUsesEdit): AgentMiddleware => contextEditingMiddleware(edit && { edits: [edit] })

const middlewares: Record<string, () => AgentMiddleware> = {
  contextMiddleware: () => contextMiddleware({ budget: BUDGET }),
  summarizationMiddleware: () => summarising(() => new AIMessage('They read pages.')),
  'summarizationMiddleware whose summary fails': () =>
    summarising(() => {
      throw new Error('the summary failed')
    }),
  contextEditingMiddleware: () => clearing(),
  'contextEditingMiddleware at the same budget': () => clearing(new ClearToolUsesEdit({ trigger: { tokens: BUDGET } })),
}

describe(`the same agent of ${TURNS} tool turns under each middleware`, () => {
  const bench = new Bench(memory)

  it('keeps everything, legal and in the budget, under ours alone', async () => {
    const good: string[] = []
    for (const [name, make] of Object.entries(middlewares)) {
      const { messages, calls } = await readAll(bench, {
        model: new StrictModel(toolTurns(TURNS)),
        thread: name,
        middleware: [make()],
      })
      const lost = lossesOf(messages, calls)
      process.stdout.write(
        `${name}: ${Object.entries(lost)
          .map(([what, count]) => `${count} ${what}`)
          .join(', ')}\n`,
      )
      if (Object.values(lost).every((count) => count === 0)) good.push(name)
    }
    expect(good).toEqual(['contextMiddleware'])
  }, 120_000)
})

function lossesOf(messages: BaseMessage[], calls: StrictModel['calls']): Record<string, number> {
  return {
    [`of ${WHOLE} messages lost`]: WHOLE - messages.length,
    'results overwritten or lost': TURNS - pagesIn(messages),
    'calls illegal': calls.filter(({ violations }) => violations.length > 0).length,
    'calls over the budget': calls.filter(({ tokens }) => tokens > BUDGET).length,
  }
}
