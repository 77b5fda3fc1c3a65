import {
  clearToolResults,
  keepLastMessages,
  type OpenAIChatMessage,
  openaiChatLens,
  type Policies,
  type PrunePlan,
  prune,
  recommended,
  repair,
} from '@everthread/core/context'
import { describe, expect, it } from 'vitest'
import { add, countText, type Measured, measure } from './measure.ts'
import { peers } from './peers.ts'
import { conversations } from './transcripts.ts'

const budgets = [500, 1_000, 2_000, 4_000]
const { name, all } = conversations()
/** Legal to begin with, so that what is refused is the pruner's doing. */
const mended = (messages: OpenAIChatMessage[]) => repair(messages, { provider: 'any', lens: openaiChatLens }).messages
const some = all.map(mended)

const ours: Record<string, (budget: number) => Policies> = {
  'prune, the budget alone': () => [],
  'prune, clearToolResults': () => clearToolResults({ keepLast: 3 }),
  'prune, recommended(budget)': (budget) => recommended(budget),
  'prune, keepLastMessages(12)': () => keepLastMessages(12),
}

/** Each request goes on from the plan of the one before it. */
function pruner(budget: number, policy: Policies): (history: readonly OpenAIChatMessage[]) => OpenAIChatMessage[] {
  let previousPlan: PrunePlan | undefined
  return (history) => {
    const options = {
      policy,
      budget,
      lens: openaiChatLens,
      tokenCounter: countText,
      ...(previousPlan && { previousPlan }),
    }
    const { messages, plan } = prune(history, options)
    previousPlan = plan
    return messages
  }
}

async function overAll(
  make: () => (history: readonly OpenAIChatMessage[]) => Promise<OpenAIChatMessage[]> | OpenAIChatMessage[],
  budget: number,
): Promise<Measured> {
  let sum: Measured | undefined
  for (const conversation of some) {
    const measured = await measure(conversation, budget, make())
    sum = sum ? add(sum, measured) : measured
  }
  return sum as Measured
}

const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(0)}%`

function row(
  who: string,
  { requests, before, after, cached, results, whole, over, refused, refusedByAny }: Measured,
): string {
  const cells = [share(before - after, before), share(cached, requests - some.length), share(whole, results)]
  const counts = [over, refused, refusedByAny].map(String)
  return [who.padEnd(28), ...[...cells, ...counts].map((cell) => cell.padStart(13))].join('')
}

describe(`contexts of ${some.length} ${name}, beside the peers'`, () => {
  it.each(budgets)('at %i tokens: ours are never refused, and hold wherever anything can', async (budget) => {
    const head = ['saved', 'cache kept', 'results whole', 'over budget', 'OpenAI no', 'someone no']
    const lines = [`${`${budget} tokens`.padEnd(28)}${head.map((cell) => cell.padStart(13)).join('')}`]
    const requests: number[] = []
    for (const [who, policy] of Object.entries(ours)) {
      const measured = await overAll(() => pruner(budget, policy(budget)), budget)
      requests.push(measured.requests)
      lines.push(row(who, measured))
      expect(measured.refusedByAny).toBe(0)
      expect(measured.refused).toBe(0)
    }
    for (const [who, peer] of Object.entries(peers)) {
      const measured = await overAll(() => (history) => peer(history, budget), budget)
      requests.push(measured.requests)
      lines.push(row(who, measured))
    }
    process.stdout.write(`\n${lines.join('\n')}\n`)
    expect(new Set(requests).size).toBe(1)
  })
})
