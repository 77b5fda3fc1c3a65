import { describe, expect, it } from 'vitest'
import { type BudgetOptions, budgetFor } from '../../src/context/index.ts'

const each = (text: string): number => text.length
const options: BudgetOptions = { window: 10_000, reserve: 1_000, tokenCounter: each }

describe('budgetFor', () => {
  it('leaves what reserve, instructions and tools do not take', () => {
    const tools = [{ name: 'find', parameters: {} }]
    expect(budgetFor(undefined, { ...options, instructions: 'x'.repeat(500), tools })).toEqual({
      window: 10_000,
      reserve: 1_000,
      instructions: 500,
      tools: JSON.stringify(tools).length,
      tokens: 8_500 - JSON.stringify(tools).length,
    })
  })

  it('reserves a fifth of a small window, and 16,000 of a large one', () => {
    expect(budgetFor('task', { window: 8_000 })).toMatchObject({ reserve: 1_600, tokens: 6_400 })
    expect(budgetFor('task', { window: 200_000 })).toMatchObject({ reserve: 16_000, tokens: 184_000 })
  })

  it('depends on the kind of session, given by name or with a session', () => {
    expect(budgetFor('chat', options).tokens).toBe(5_400)
    expect(budgetFor({ kind: 'voice' }, options).tokens).toBe(2_250)
    expect(budgetFor({ kind: undefined }, options).tokens).toBe(9_000)
    expect(budgetFor('of their own', options).tokens).toBe(9_000)
    expect(budgetFor('toString', options).tokens).toBe(9_000)
  })

  it('takes figures for kinds of the caller, before ours', () => {
    const kinds = { chat: { share: 0.5 }, intake: { maxTokens: 700, reserve: 3_000 } }
    expect(budgetFor('chat', { ...options, kinds }).tokens).toBe(4_500)
    expect(budgetFor('intake', { window: 10_000, kinds })).toMatchObject({ reserve: 3_000, tokens: 700 })
  })

  it.each<[BudgetOptions, string]>([
    [{ window: 0 }, 'BUDGET_INVALID'],
    [{ window: Number.NaN }, 'BUDGET_INVALID'],
    [{ window: 100, reserve: -1 }, 'BUDGET_INVALID'],
    [{ window: 100, reserve: 100 }, 'BUDGET_INVALID'],
    [{ window: 1_000, instructions: 'word '.repeat(1_000) }, 'BUDGET_INVALID'],
    [{ ...options, kinds: { chat: { share: 2 } } }, 'BUDGET_INVALID'],
    [{ ...options, kinds: { chat: { maxTokens: 0 } } }, 'BUDGET_INVALID'],
    [{ ...options, kinds: { chat: { portion: 2 } as object } }, 'CONTEXT_OPTIONS_INVALID'],
    [{ ...options, budget: 3 } as BudgetOptions, 'CONTEXT_OPTIONS_INVALID'],
    [{ ...options, tokenCounter: () => Number.NaN }, 'TOKEN_COUNTER_INVALID'],
  ])('refuses what leaves no sense: %o', (wrong, code) => {
    expect(() => budgetFor('chat', wrong)).toThrow(expect.objectContaining({ code }))
  })
})
