import {
  cacheAware,
  clearToolResults,
  dedupeToolResults,
  dropReasoning,
  dropSuperseded,
  fitTokens,
  keepLastMessages,
  keepLastTurns,
  openclawDefaults,
  type Policies,
  recommended,
  relevance,
  summariseToolCalls,
  trimToolResults,
} from '@everthread/core/context'
import fc from 'fast-check'

/** Every policy, with options of every kind. Prune needs a window and `now` with them. */
export const everyPolicy: Record<string, fc.Arbitrary<Policies>> = {
  keepLastMessages: fc.integer({ min: 1, max: 30 }).map(keepLastMessages),
  keepLastTurns: fc.integer({ min: 1, max: 6 }).map(keepLastTurns),
  fitTokens: fc
    .tuple(fc.oneof(fc.integer({ min: 2, max: 3_000 }), fc.constantFrom(0.1, 0.5, 1)), fc.nat(300), fc.boolean())
    .map(([size, minSegmentTokens, byRole]) => {
      const priority = { priority: (message: { role: string }) => (message.role === 'user' ? 2 : 1) }
      return fitTokens(size, { minSegmentTokens, ...(byRole && priority) })
    }),
  trimToolResults: fc
    .record({ maxChars: fc.integer({ min: 50, max: 500 }), head: fc.nat(25), tail: fc.nat(25), keepLast: fc.nat(3) })
    .map(trimToolResults),
  clearToolResults: fc
    .record({ keepLast: fc.nat(4), above: fc.constantFrom(0, 100, 0.2), minChars: fc.nat(200) })
    .map(clearToolResults),
  cacheAware: fc.record({ mode: fc.constantFrom('off', 'cache-ttl', 'always') }).map(cacheAware),
  dropReasoning: fc.record({ keepLastTurns: fc.integer({ min: 1, max: 3 }) }).map(dropReasoning),
  dedupeToolResults: fc.record({ minChars: fc.nat(100) }).map(dedupeToolResults),
  dropSuperseded: fc.boolean().map((keyed) => dropSuperseded(keyed ? { key: ({ tool }) => tool } : {})),
  summariseToolCalls: fc.record({ keepLast: fc.nat(3) }).map(summariseToolCalls),
  relevance: fc
    .constantFrom(0.2, 0.8)
    .map((below) => relevance({ below, score: ({ parts }) => ((parts[0]?.text.length ?? 0) % 10) / 10 })),
  openclawDefaults: fc
    .record({ mode: fc.constantFrom('cache-ttl', 'always'), minToolChars: fc.constantFrom(100, 50_000) })
    .map(openclawDefaults),
  recommended: fc.integer({ min: 100, max: 4_000 }).map(recommended),
}

/** Up to four of them, in any order. */
export const anyPolicies: fc.Arbitrary<Policies> = fc.array(fc.oneof(...Object.values(everyPolicy)), { maxLength: 4 })
