import { describe, expect, it } from 'vitest'
import {
  applyPlan,
  clearToolResults,
  keepLastMessages,
  keepLastTurns,
  openaiChatLens,
  type PruneOptions,
  type PrunePlan,
  prune,
  trimToolResults,
  worthIt,
} from '../../src/context/index.ts'
import type { NeutralMessage } from '../../src/index.ts'
import { assistant, calls, counter, result, step, system, texts, user } from './conversation.ts'

type Options = PruneOptions<NeutralMessage>

const big = 'x'.repeat(400)
const talk = [system('s'), user('q'), ...step('a', big), ...step('b', big), assistant('done'), user('r')]
const options: Options = { policy: clearToolResults({ keepLast: 1 }), tokenCounter: counter, provider: 'openai' }

describe('a plan', () => {
  it('is plain data that gives the same bytes again, from a store too', () => {
    const { plan, messages } = prune(talk, options)
    const stored = JSON.parse(JSON.stringify(plan))
    expect(stored).toEqual(plan)
    expect(JSON.stringify(applyPlan(structuredClone(talk), stored))).toBe(JSON.stringify(messages))
  })

  it('lets later messages follow as they are', () => {
    const { plan, messages } = prune(talk, options)
    const more = assistant('more')
    expect(applyPlan([...talk, more], plan)).toEqual([...messages, more])
  })

  it.each([
    ['PLAN_MISMATCH', () => applyPlan(talk.slice(0, 3), prune(talk, options).plan), 'whole history'],
    ['PLAN_MISMATCH', () => applyPlan([user('other'), ...talk.slice(1)], prune(talk, options).plan), 'another history'],
    ['PLAN_MISMATCH', () => applyPlan(talk as never[], prune(talk, options).plan, { lens: openaiChatLens }), 'neutral'],
    ['PLAN_INVALID', () => applyPlan(talk, {} as PrunePlan), 'version 1'],
    [
      'PLAN_INVALID',
      () => prune(talk, { ...options, previousPlan: { version: 2 } as unknown as PrunePlan }),
      'version 1',
    ],
  ])('that does not belong is refused: %s', (code, work, words) => {
    expect(work).toThrow(expect.objectContaining({ code, message: expect.stringContaining(words) }))
  })
})

describe('planning again', () => {
  it('keeps the earlier edits when messages come, and says nothing of a new plan', () => {
    const first = prune(talk, options)
    const next = prune([...talk, assistant('ok'), user('s')], { ...options, previousPlan: first.plan })
    expect(next.messages.slice(0, first.messages.length)).toEqual(first.messages)
    expect(next.plan.edits).toEqual(first.plan.edits)
    expect(next.receipt).not.toHaveProperty('replanned')
    expect(next.receipt.tokens).toEqual(prune([...talk, assistant('ok'), user('s')], options).receipt.tokens)
  })

  it('is done when the budget asks for it, and leaves room for what comes next', () => {
    const turns = Array.from({ length: 10 }, (_, i) => [
      user(`q${i} ${'x'.repeat(90)}`),
      assistant(`a${i} ${'y'.repeat(90)}`),
    ])
    const policy: Options = { budget: 1_000, tokenCounter: counter, provider: 'openai' }
    let history: NeutralMessage[] = []
    let previousPlan: PrunePlan | undefined
    const replans: number[] = []
    for (const turn of turns) {
      history = [...history, ...turn]
      const { plan, receipt } = prune(history, { ...policy, ...(previousPlan && { previousPlan }) })
      expect(receipt.fits).toBe(true)
      if (receipt.replanned) replans.push(history.length)
      previousPlan = plan
    }
    expect(replans).toEqual([12, 18])
  })

  it('is done when it pays, and left with the sums when it does not', () => {
    const history = Array.from({ length: 12 }, (_, i) => [user(`q${i}`), assistant('y'.repeat(200))]).flat()
    const policy: Options = { policy: keepLastTurns(3), tokenCounter: counter, provider: 'openai' }
    const { plan: previousPlan } = prune(history, policy)
    const longer = [...history, ...Array.from({ length: 3 }, () => [user('more'), assistant('z'.repeat(200))]).flat()]
    const cheap = prune(longer, { ...policy, previousPlan, replan: { expectedTurns: 100 } })
    expect(cheap.receipt.replanned?.why).toMatch(/^It pays: .* saved over 100 more requests/)
    expect(texts(cheap.messages)).toHaveLength(6)
    const dear = prune(longer, { ...policy, previousPlan, replan: { expectedTurns: 1 } })
    expect(dear.receipt.replanned).toBeUndefined()
    expect(dear.receipt.kept?.why).toMatch(/^It does not pay: /)
    expect(texts(dear.messages)).toHaveLength(12)
  })

  it('touches new messages freely: no cache has them', () => {
    const policy: Options = { policy: trimToolResults({ maxChars: 500, head: 100, tail: 100 }), tokenCounter: counter }
    const first = prune([user('q')], policy)
    const next = prune([...[user('q')].slice(0, 0), ...first.messages, ...step('a', 'x'.repeat(5_000))], {
      ...policy,
      previousPlan: first.plan,
    })
    expect(texts(next.messages)[2]).toMatch(/Trimmed/)
    expect(next.receipt.replanned).toBeUndefined()
  })

  it('is done for other policies and for a history that changed, and the receipt says why', () => {
    const { plan: previousPlan } = prune(talk, options)
    const other = prune(talk, { ...options, policy: keepLastMessages(2), previousPlan })
    expect(other.receipt.replanned?.why).toContain('policies')
    const edited = talk.map((message, i) => (i === 3 ? result('a', 'y'.repeat(400)) : message))
    expect(prune(edited, { ...options, previousPlan }).receipt.replanned?.why).toContain('not as it was')
    expect(prune([user('new')], { ...options, previousPlan }).receipt.replanned?.why).toContain('whole history')
  })

  it('says so when a result arrives for a call that had been given an error', () => {
    const open = [user('q'), calls({ id: 'a' })]
    const first = prune(open, options)
    expect(texts(first.messages)[2]).toMatch(/interrupted/)
    const next = prune([...open, result('a', 'here')], { ...options, previousPlan: first.plan })
    expect(texts(next.messages)).toEqual(['q', 'call find', 'here'])
    expect(next.receipt.replanned?.why).toContain('was open')
  })

  it('says so when a new message must join the last one', () => {
    const gemini: Options = { ...options, provider: 'gemini' }
    const first = prune([user('a')], gemini)
    const [a] = first.messages
    const next = prune([a as NeutralMessage, user('b')], { ...gemini, previousPlan: first.plan })
    expect(texts(next.messages)).toEqual(['a+b'])
    expect(next.receipt.replanned?.why).toContain('joined')
  })
})

describe('worthIt', () => {
  const sums = { cachedPrefixTokens: 1_000, savedTokens: 500, expectedTurns: 10 }

  it('weighs what requests save against the cache that is written again', () => {
    expect(worthIt(sums)).toMatchObject({ pays: false, gain: 500, cost: 1_150 })
    expect(worthIt({ ...sums, expectedTurns: 30 })).toMatchObject({ pays: true, gain: 1_500, cost: 1_150 })
    expect(worthIt({ ...sums, price: { cacheRead: 1, cacheWrite: 1 } })).toMatchObject({ pays: true, cost: 0 })
    expect(worthIt({ ...sums, savedTokens: -5, expectedTurns: 900 })).toMatchObject({
      pays: false,
      why: 'It saves nothing',
    })
  })

  it.each([
    { ...sums, cachedPrefixTokens: -1 },
    { ...sums, savedTokens: Number.NaN },
    { ...sums, expectedTurns: Number.POSITIVE_INFINITY },
    { ...sums, price: { cacheRead: 0, cacheWrite: 1 } },
    { ...sums, price: { cacheRead: 1, cacheWrite: 1, input: 1 } },
    { ...sums, turns: 1 },
  ])('refuses %o', (given) => {
    expect(() => worthIt(given)).toThrow(expect.objectContaining({ code: 'CONTEXT_OPTIONS_INVALID' }))
  })
})
