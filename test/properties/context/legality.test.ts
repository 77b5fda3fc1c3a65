import { checkLegality, type Provider, repair } from '@everthread/core/context'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyHistory, brokenHistory, legalHistory } from '../../arbitraries/histories.ts'
import { refusal } from './strict-provider.ts'

const numRuns = process.env.EVERTHREAD_SOAK === '1' ? 5_000 : 250
const one = ['openai', 'anthropic', 'gemini'] as const
const each: Provider[] = [...one, 'any']

describe.each(each)('for %s', (provider) => {
  it('a legal history has no violation, and repair gives the same messages', () => {
    fc.assert(
      fc.property(legalHistory(12), (history) => {
        expect(checkLegality(history, provider)).toEqual([])
        const { messages, repairs, edits } = repair(history, { provider })
        expect(repairs).toEqual([])
        expect(edits).toEqual([])
        for (const [i, message] of messages.entries()) expect(message).toBe(history[i])
      }),
      { numRuns },
    )
  })

  it('repair makes anything legal, lists what it did, and finds nothing more', () => {
    fc.assert(
      fc.property(brokenHistory(40), (history) => {
        const before = structuredClone(history)
        const illegal = checkLegality(history, { provider }).length > 0
        const { messages, repairs } = repair(history, provider)
        expect(repairs.length > 0).toBe(illegal)
        expect(checkLegality(messages, { provider })).toEqual([])
        expect(repair(messages, provider)).toEqual({ messages, repairs: [], edits: [] })
        expect(history).toEqual(before)
      }),
      { numRuns },
    )
  })

  it('what passes is not refused by a strict server', () => {
    fc.assert(
      fc.property(anyHistory(40), (history) => {
        const { messages } = repair(history, provider)
        for (const server of provider === 'any' ? one : [provider]) {
          expect(refusal(messages, server as (typeof one)[number])).toBeUndefined()
        }
      }),
      { numRuns },
    )
  })

  it('repair keeps every text, call and result that a provider takes, and what is pinned', () => {
    fc.assert(
      fc.property(brokenHistory(25), (history) => {
        const { messages } = repair(history, provider)
        const all = JSON.stringify(messages)
        for (const { role, parts, metadata } of history) {
          for (const part of parts) {
            const kept = part.type === 'text' && role !== 'tool' && String(part.content).trim() !== ''
            const content = part.type === 'tool_call_response' ? part.response : part.content
            if (
              kept ||
              (metadata?.pinned && typeof content === 'string' && content.trim() !== '' && part.type !== 'reasoning')
            )
              expect(all).toContain(JSON.stringify(content).slice(1, -1))
          }
        }
      }),
      { numRuns },
    )
  })
})
