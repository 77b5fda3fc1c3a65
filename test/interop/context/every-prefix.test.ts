import {
  applyPlan,
  checkLegality,
  type OpenAIChatMessage,
  openaiChatLens,
  type PruneOptions,
  type PrunePlan,
  prune,
  recall,
  recommended,
} from '@everthread/core/context'
import { describe, expect, it } from 'vitest'
import { countText, tokensOf } from './measure.ts'
import { conversations } from './transcripts.ts'

const { name, all } = conversations()
const lens = openaiChatLens

describe(`every prefix of ${all.length} ${name}`, () => {
  it.each([500, 1_000, 2_000, 4_000])(
    'at %i tokens: legal, within the budget, stable, and recalled whole',
    (budget) => {
      let planned = 0
      for (const conversation of all) {
        let earlier: { messages: OpenAIChatMessage[]; plan: PrunePlan } | undefined
        for (let length = 1; length <= conversation.length; length++) {
          const history = conversation.slice(0, length)
          const options: PruneOptions<OpenAIChatMessage> = {
            budget,
            policy: recommended(budget),
            lens,
            tokenCounter: countText,
          }
          const next = prune(history, { ...options, ...(earlier && { previousPlan: earlier.plan }) })
          const { messages, plan, receipt } = next
          expect(checkLegality(messages, { provider: 'any', lens })).toEqual([])
          expect(applyPlan(history, JSON.parse(JSON.stringify(plan)), { lens })).toEqual(messages)
          const kept = messages.filter(({ role }) => role === 'system')
          if (receipt.fits) expect(tokensOf(messages)).toBeLessThanOrEqual(budget)
          else expect(tokensOf(kept) + tokensOf(messages.slice(-1))).toBeGreaterThan(budget * 0.5)
          if (receipt.replanned && !receipt.replanned.why.includes('was open')) planned++
          if (earlier && !receipt.replanned)
            expect(messages.slice(0, earlier.messages.length)).toEqual(earlier.messages)
          for (const handle of receipt.handles) expect(recall(handle, { messages: history, lens }).text).not.toBe('')
          earlier = next
        }
      }
      // With room, plans hold: all but those that a result for an open call changes.
      if (budget === 4_000) expect(planned).toBeLessThan(all.flat().length / 20)
    },
  )
})
