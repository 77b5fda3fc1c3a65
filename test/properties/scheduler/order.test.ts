import { AGEING_BOUND_MS, compareTurns, type WaitingTurn } from '@everthread/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const turns: fc.Arbitrary<WaitingTurn> = fc.record({
  tenant: fc.constant('default'),
  sessionId: fc.string(),
  userId: fc.option(fc.string(), { nil: undefined }),
  agentId: fc.option(fc.string(), { nil: undefined }),
  kind: fc.option(fc.string(), { nil: undefined }),
  priority: fc.constantFrom('urgent', 'normal', 'background'),
  waiting: fc.double({ min: 0, max: 1e9, noNaN: true }),
  attention: fc.double({ min: -2, max: 1, noNaN: true }),
  complexity: fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
  cost: fc.record({ tokens: fc.nat(), money: fc.double({ min: 0, max: 1e6, noNaN: true }) }),
})

describe('the order of turns', () => {
  it('is one order of all: either goes first or both are equal, and who is before one is before those behind it', () => {
    fc.assert(
      fc.property(turns, turns, turns, (a, b, c) => {
        expect(Math.sign(compareTurns(a, b))).toBe(-Math.sign(compareTurns(b, a)) + 0)
        expect(compareTurns(a, a)).toBe(0)
        if (compareTurns(a, b) < 0 && compareTurns(b, c) < 0) expect(compareTurns(a, c)).toBeLessThan(0)
      }),
      { numRuns: 2_000 },
    )
  })

  it('stays as it is while two wait together', () => {
    fc.assert(
      fc.property(turns, turns, fc.nat(1_000_000), (a, b, ms) => {
        const later = (turn: WaitingTurn): WaitingTurn => ({ ...turn, waiting: turn.waiting + ms })
        expect(compareTurns(later(a), later(b))).toBeCloseTo(compareTurns(a, b), 3)
      }),
    )
  })

  it('puts nobody behind one that came later than the bound, whatever the two are', () => {
    fc.assert(
      fc.property(turns, turns, fc.double({ min: 1, max: 1e6, noNaN: true }), (a, b, beyond) => {
        const older = { ...a, waiting: b.waiting + AGEING_BOUND_MS + beyond }
        expect(compareTurns(older, b)).toBeLessThan(0)
      }),
      { numRuns: 2_000 },
    )
  })

  it('reaches the bound: it is no larger than it has to be', () => {
    const base: WaitingTurn = {
      ...{ tenant: '', sessionId: '', userId: undefined, agentId: undefined, kind: undefined },
      ...{ waiting: 0, cost: { tokens: 0, money: 0 } },
      ...{ priority: 'urgent', attention: 1, complexity: 1 / 8 },
    }
    const last: WaitingTurn = {
      ...base,
      priority: 'background',
      attention: -2,
      complexity: 8,
      waiting: AGEING_BOUND_MS,
    }
    expect(compareTurns(last, base)).toBe(0)
  })
})
