import type { NeutralMessage } from '@everthread/core'
import { applyPlan, checkLegality, type Provider, type PruneOptions, prune, repair } from '@everthread/core/context'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyHistory } from '../../arbitraries/histories.ts'
import { resultsWithin, withinLens } from '../../arbitraries/results-within.ts'
import { anyPolicies } from './policies.ts'

const numRuns = process.env.EVERTHREAD_SOAK === '1' ? 5_000 : 250
const lens = withinLens
const provider = fc.constantFrom<Provider>('openai', 'anthropic', 'gemini', 'any')
const tokenCounter = (text: string) => Math.ceil(text.length / 4)

const history = anyHistory(30).map((made) => resultsWithin(made).map(({ metadata: _, ...message }) => message))

function size(messages: readonly NeutralMessage[]): number {
  const parts = messages.flatMap((message) => lens.read(message).parts)
  return parts.reduce(
    (sum, { kind, text }) => sum + tokenCounter(text) + (kind === 'file' ? 1_100 : 0),
    messages.length * 4,
  )
}

describe('where a format has results within the message of their call', () => {
  it('repair answers calls there, and gives what is legal', () => {
    fc.assert(
      fc.property(history, provider, (given, provider) => {
        const { messages } = repair(given, { provider, lens })
        expect(checkLegality(messages, { provider, lens })).toEqual([])
        expect(repair(messages, { provider, lens }).edits).toEqual([])
        const open = messages.slice(0, -1).flatMap(({ parts }) => parts.filter((part) => part.type === 'tool_call'))
        expect(open.every((part) => part.output !== undefined)).toBe(true)
      }),
      { numRuns },
    )
  })

  it('prune is legal, within the budget, and the same again', () => {
    const budget = fc.option(fc.integer({ min: 1, max: 2_000 }), { nil: undefined })
    fc.assert(
      fc.property(history, provider, anyPolicies, budget, (given, provider, policy, budget) => {
        const before = structuredClone(given)
        const now = 1_700_000_900_000
        const options: PruneOptions<NeutralMessage> = { provider, policy, lens, tokenCounter, now, window: 4_000 }
        const { messages, plan, receipt } = prune(given, budget === undefined ? options : { ...options, budget })
        expect(given).toEqual(before)
        expect(checkLegality(messages, { provider, lens })).toEqual([])
        expect(JSON.stringify(applyPlan(given, JSON.parse(JSON.stringify(plan)), { lens }))).toBe(
          JSON.stringify(messages),
        )
        if (budget !== undefined && receipt.fits) expect(size(messages)).toBeLessThanOrEqual(budget)
      }),
      { numRuns },
    )
  })

  it('goes on from the plan before it, message by message', () => {
    fc.assert(
      fc.property(history, provider, anyPolicies, fc.boolean(), (given, provider, policy, stored) => {
        const now = 1_700_000_900_000
        const options: PruneOptions<NeutralMessage> = { provider, policy, lens, tokenCounter, now, window: 4_000 }
        let earlier = prune<NeutralMessage>([], options)
        for (let length = 1; length <= given.length; length++) {
          const prefix = given.slice(0, length)
          const previousPlan = stored ? JSON.parse(JSON.stringify(earlier.plan)) : earlier.plan
          const next = prune(prefix, { ...options, previousPlan })
          expect(checkLegality(next.messages, { provider, lens })).toEqual([])
          expect(JSON.stringify(applyPlan(prefix, next.plan, { lens }))).toBe(JSON.stringify(next.messages))
          if (!next.receipt.replanned) {
            const same = next.messages.slice(0, earlier.messages.length)
            expect(JSON.stringify(same)).toBe(JSON.stringify(earlier.messages))
          }
          earlier = next
        }
      }),
      { numRuns: numRuns / 2 },
    )
  })
})
