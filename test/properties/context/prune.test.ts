import type { NeutralMessage } from '@everthread/core'
import {
  applyPlan,
  checkLegality,
  neutralLens,
  type Provider,
  type PruneOptions,
  prune,
  type ToolRetention,
} from '@everthread/core/context'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyHistory, brokenHistory } from '../../arbitraries/histories.ts'
import { anyPolicies, everyPolicy } from './policies.ts'
import { refusal } from './strict-provider.ts'

const soak = process.env.EVERTHREAD_SOAK === '1'
const numRuns = soak ? 3_000 : 120
const now = 1_700_000_900_000
const tokenCounter = (text: string) => Math.ceil(text.length / 4)

const provider = fc.constantFrom<Provider>('openai', 'anthropic', 'gemini', 'any')
const budget = fc.option(fc.integer({ min: 1, max: 3_000 }), { nil: undefined })
const tools = fc.dictionary(
  fc.constantFrom('search', 'read_file', 'get_user'),
  fc.constantFrom<ToolRetention>('pinned', 'refetchable', 'until-superseded'),
)
const givenPins = fc.array(fc.nat(20), { maxLength: 2 })

interface Case {
  history: NeutralMessage[]
  options: PruneOptions<NeutralMessage>
}

function cases(history: fc.Arbitrary<NeutralMessage[]>, policy = anyPolicies): fc.Arbitrary<Case> {
  return fc
    .record({ history, policy, budget, provider, tools, pinned: givenPins })
    .map(({ history, budget, ...rest }) => ({
      history,
      options: {
        ...rest,
        now,
        tokenCounter,
        window: 4_000,
        ...(budget !== undefined && { budget: roomy(budget, history, rest.pinned) }),
      },
    }))
}

/** A budget that pinned messages fit into: less is refused. */
function roomy(budget: number, history: readonly NeutralMessage[], pinned: readonly number[]): number {
  let room = 0
  for (const unit of stepsOf(history)) {
    if (unit.some((at) => isPinned(history, at, pinned)))
      for (const at of unit) room += size(history[at] as NeutralMessage)
  }
  return budget + room
}

const isPinned = (history: readonly NeutralMessage[], at: number, pinned: readonly number[]): boolean =>
  history[at]?.metadata?.pinned === true || pinned.includes(at)

/** Places of messages that stay together: generously, all that follows an assistant up to the next speaker. */
function stepsOf(history: readonly NeutralMessage[]): number[][] {
  const steps: number[][] = []
  for (const [at, { role, parts }] of history.entries()) {
    const carries = role === 'tool' || (role === 'user' && parts.some(({ type }) => type === 'tool_call_response'))
    if (carries && steps.length > 0) steps.at(-1)?.push(at)
    else steps.push([at])
  }
  return steps
}

function size(message: NeutralMessage): number {
  return neutralLens
    .read(message)
    .parts.reduce(
      (sum, part) => sum + (part.text === '' ? 0 : tokenCounter(part.text)) + (part.kind === 'file' ? 1_100 : 0),
      4,
    )
}

const totalSize = (messages: readonly NeutralMessage[]): number => messages.reduce((sum, one) => sum + size(one), 0)

function expectGood({ history, options }: Case): void {
  const before = structuredClone(history)
  const { messages, plan, receipt } = prune(history, options)

  expect(history).toEqual(before)
  expect(checkLegality(messages, options.provider as Provider)).toEqual([])
  const servers = options.provider === 'any' ? (['openai', 'anthropic', 'gemini'] as const) : [options.provider]
  for (const server of servers) expect(refusal(messages, server as 'openai')).toBeUndefined()

  expect(receipt.tokens.after).toBeGreaterThanOrEqual(totalSize(messages))
  expect(receipt.tokens.before).toBe(totalSize(history))
  if (options.budget !== undefined && receipt.fits)
    expect(totalSize(messages)).toBeLessThanOrEqual(Number(options.budget))
  expect(receipt.fits ? undefined : receipt.why).toBe(receipt.why)
  expect(receipt.fits || (receipt.why ?? '').length > 20).toBe(true)

  expectKept(history, messages, options.pinned as number[])
  const stored = JSON.parse(JSON.stringify(plan))
  expect(stored).toEqual(plan)
  const again = JSON.stringify(messages)
  expect(JSON.stringify(applyPlan(history, stored))).toBe(again)
  expect(JSON.stringify(prune(structuredClone(history), options).messages)).toBe(again)
}

function expectKept(history: readonly NeutralMessage[], context: readonly NeutralMessage[], pinned: number[]): void {
  const all = JSON.stringify(context)
  const says = (value: unknown) => expect(all).toContain(JSON.stringify(value).slice(1, -1))
  for (const [at, { role, parts }] of history.entries()) {
    for (const part of parts) {
      if (part.type === 'tool_call' && 'approval' in part && role === 'assistant') says(part.id)
      if (!isPinned(history, at, pinned)) continue
      const content = part.type === 'tool_call_response' ? part.response : part.type === 'text' ? part.content : ''
      if (typeof content === 'string' && content.trim() !== '') says(content)
    }
  }
}

describe('prune', () => {
  it.each(Object.entries(everyPolicy))('by %s: legal, within the budget, and what must stay stays', (_, policy) => {
    fc.assert(fc.property(cases(anyHistory(30), policy), expectGood), { numRuns: numRuns / 2 })
  })

  it('by up to four policies in any order, for every provider', () => {
    fc.assert(fc.property(cases(anyHistory(40)), expectGood), { numRuns: numRuns * 4 })
  })

  it('of long histories', () => {
    fc.assert(fc.property(cases(anyHistory(soak ? 300 : 160)), expectGood), { numRuns: soak ? 300 : 12 })
  })
})

describe('prune with the plan before it', () => {
  it('keeps what it sent, message by message, unless the receipt says that it planned again', () => {
    fc.assert(
      fc.property(cases(brokenHistory(25)), fc.boolean(), ({ history, options }, stored) => {
        let earlier: { messages: NeutralMessage[]; plan: PruneOptions<NeutralMessage>['previousPlan'] } | undefined
        for (let length = 0; length <= history.length; length++) {
          const prefix = history.slice(0, length)
          const plan = stored && earlier?.plan ? JSON.parse(JSON.stringify(earlier.plan)) : earlier?.plan
          const next = tryPrune(prefix, { ...options, ...(plan && { previousPlan: plan }) })
          if (!next) return
          expect(checkLegality(next.messages, options.provider as Provider)).toEqual([])
          expect(JSON.stringify(applyPlan(prefix, next.plan))).toBe(JSON.stringify(next.messages))
          expect(next.receipt.tokens.before).toBe(totalSize(prefix))
          expect(next.receipt.tokens.after).toBeGreaterThanOrEqual(totalSize(next.messages))
          expectKept(prefix, next.messages, options.pinned as number[])
          if (options.budget !== undefined && next.receipt.fits) {
            expect(totalSize(next.messages)).toBeLessThanOrEqual(Number(options.budget))
          }
          if (earlier && !next.receipt.replanned) {
            const same = next.messages.slice(0, earlier.messages.length)
            expect(JSON.stringify(same)).toBe(JSON.stringify(earlier.messages))
          }
          earlier = next
        }
      }),
      { numRuns },
    )
  })

  it('gives the same from memory as from a store', () => {
    fc.assert(
      fc.property(cases(brokenHistory(25)), fc.nat(60), ({ history, options }, cut) => {
        const first = tryPrune(history.slice(0, cut), options)
        if (!first) return
        const previousPlan = first.plan
        const live = prune(history, { ...options, previousPlan })
        const stored = prune(structuredClone(history), {
          ...options,
          previousPlan: JSON.parse(JSON.stringify(previousPlan)),
        })
        expect(JSON.stringify(stored)).toBe(JSON.stringify(live))
      }),
      { numRuns: numRuns * 2 },
    )
  })

  it('lets two conversations go on from one plan', () => {
    fc.assert(
      fc.property(cases(brokenHistory(15)), brokenHistory(8), brokenHistory(8), ({ history, options }, left, right) => {
        const first = tryPrune(history, options)
        const others = [left, right].map((more) => tryPrune([...history, ...more], options))
        if (!first || others.includes(undefined)) return
        const previousPlan = first.plan
        const stored = { ...options, previousPlan: JSON.parse(JSON.stringify(previousPlan)) }
        const alone = JSON.stringify(prune([...history, ...right], stored))
        prune([...history, ...left], { ...options, previousPlan })
        expect(JSON.stringify(prune([...history, ...right], { ...options, previousPlan }))).toBe(alone)
      }),
      { numRuns },
    )
  })
})

/** A prefix may be too short for the pins that the budget was made for; then there is nothing to compare. */
function tryPrune(history: NeutralMessage[], options: PruneOptions<NeutralMessage>) {
  try {
    return prune(history, options)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'BUDGET_TOO_SMALL') return undefined
    throw error
  }
}
