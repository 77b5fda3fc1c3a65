import { isNeutralMessage } from '@everthread/core'
import { checkLegality, dropReasoning, keepLastTurns, trimToolResults } from '@everthread/core/context'
import {
  fromNeutral,
  modelMessageLens,
  pruneModelMessages,
  pruneUIMessages,
  toNeutral,
  type UIMessageLike,
  uiMessageLens,
} from '@everthread/vercel-ai-adapter'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { uiConversation } from '../../arbitraries/ui-messages.ts'
import { majors } from './majors.ts'

const RUNS = process.env.EVERTHREAD_SOAK ? 3_000 : 150

const prunings = [
  {},
  { budget: 60 },
  { policy: [trimToolResults({ maxChars: 8, head: 3, tail: 3 }), dropReasoning()] },
  { policy: keepLastTurns(1), budget: 200 },
]

describe('a conversation', () => {
  it('becomes neutral and comes back as it was, whatever its parts', () => {
    fc.assert(
      fc.property(uiConversation('any'), (messages) => {
        const neutral = toNeutral(messages)
        expect(neutral.every(isNeutralMessage)).toBe(true)
        expect(fromNeutral(JSON.parse(JSON.stringify(neutral)))).toEqual(messages)
      }),
      { numRuns: RUNS },
    )
  })

  it('is not touched by a prune', () => {
    fc.assert(
      fc.property(uiConversation('any'), (messages) => {
        const before = JSON.stringify(messages)
        pruneUIMessages(messages, within(messages, { budget: 60, policy: keepLastTurns(1) }))
        expect(JSON.stringify(messages)).toBe(before)
      }),
      { numRuns: RUNS },
    )
  })
})

describe.each(majors)('with ai $major', ({ major, validate, convert }) => {
  it.each(prunings)('a pruned conversation is legal, valid, and can be sent: %o', async (options) => {
    await fc.assert(
      fc.asyncProperty(uiConversation(major), async (messages) => {
        const { messages: context } = pruneUIMessages(messages, { ...within(messages, options) })
        expect(checkLegality(context, { lens: uiMessageLens, provider: 'any' })).toEqual([])
        if (context.length === 0) return
        await validate(context)
        const sent = await convert(context)
        const refused = checkLegality(sent, { lens: modelMessageLens, provider: 'openai' })
        // Steps of one message become several in a row, which the providers of the AI SDK join.
        expect(refused.filter(({ rule }) => rule !== 'same-role-run')).toEqual([])
      }),
      { numRuns: RUNS },
    )
  })

  it.each(prunings)('pruned model messages are legal: %o', async (options) => {
    await fc.assert(
      fc.asyncProperty(uiConversation(major), async (messages) => {
        const { messages: context } = pruneModelMessages(
          await convert(messages),
          options.budget ? { ...options, budget: 4_000 } : options,
        )
        expect(checkLegality(context, { lens: modelMessageLens, provider: 'any' })).toEqual([])
      }),
      { numRuns: RUNS },
    )
  })
})

/** With room for what is pinned: a file of unknown size counts up to 2,500 tokens. */
function within(messages: readonly UIMessageLike[], options: (typeof prunings)[number]): object {
  if (options.budget === undefined) return options
  const pinned = messages.filter(({ metadata }) => (metadata as { pinned?: boolean } | null)?.pinned)
  return { ...options, budget: options.budget + 3_000 * pinned.flatMap(({ parts }) => parts).length }
}
