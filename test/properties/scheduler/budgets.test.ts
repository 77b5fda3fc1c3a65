import { randomUUID } from 'node:crypto'
import { partitionOfKind } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeAccount } from '../../../packages/core/src/scheduler/account.ts'
import { Ledger } from '../../../packages/core/src/scheduler/ledger.ts'
import type { Reservation } from '../../../packages/core/src/scheduler/ledger-job.ts'
import type { Claim } from '../../../packages/core/src/scheduler/ledger-page.ts'
import { type Amount, amountOf, costOf, minus, plus } from '../../../packages/core/src/turn/cost.ts'

const HOLD_MS = 1_000
const KEYS = ['a/one', 'a/two']
const LIMIT = { tokens: 100, micros: 50 }

type Step =
  | { do: 'reserve'; process: number; keys: string[]; amount: Amount }
  /** Spends at most what was reserved. */
  | { do: 'settle'; process: number; which: number; share: number }
  /** Time passes. Those that live renew; `paused` does not until its holds have run out. */
  | { do: 'wait'; ms: number }
  | { do: 'die'; process: number }

const amounts = fc.record({ tokens: fc.nat(60), micros: fc.nat(30) })
const processes = fc.nat(2)
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('reserve' as const),
      process: processes,
      keys: fc.subarray(KEYS, { minLength: 1 }),
      amount: amounts,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      process: processes,
      which: fc.nat(5),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(2_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), process: processes }) },
)

/** Several processes on one store, at a time of the test's own. */
class Bank {
  now = 1_000_000
  readonly store = memoryStore({ clock: () => this.now })
  readonly partition = partitionOfKind('budgets', 'default', randomUUID())
  readonly open: { ledger: Ledger; reservations: Reservation[] }[] = [0, 1, 2].map(() => this.start())

  start(): { ledger: Ledger; reservations: Reservation[] } {
    const { store, partition } = this
    const onLate = (cause: unknown): never => {
      throw cause
    }
    const ledger = new Ledger({ store, partition, holdMs: HOLD_MS, now: () => this.now, onLate })
    return { ledger, reservations: [] }
  }

  async accounts(): Promise<{ key: string; spent: Amount; held: Amount }[]> {
    const { rows } = await this.store.read(this.partition, [{ prefix: 'a/', limit: 10 }])
    return (rows[0] ?? []).map(({ key, value }) => {
      const { spent, holds } = decodeAccount(value)
      const live = [...holds.values()].filter(({ until }) => until > this.now).map(({ amount }) => amount)
      return { key, spent, held: live.reduce(plus, { tokens: 0, micros: 0 }) }
    })
  }

  async run(step: Step): Promise<void> {
    if (step.do === 'wait') {
      this.now += step.ms
      // Whoever was away for as long as its holds last is as one that died.
      if (step.ms >= HOLD_MS) for (const one of this.open) one.reservations.splice(0)
      return
    }
    const one = this.open[step.process]
    if (!one) return
    if (step.do === 'die') {
      this.open[step.process] = this.start()
    } else if (step.do === 'reserve') {
      const claims: Claim[] = step.keys.map((key) => ({ key, limit: LIMIT, amount: step.amount, keepMs: undefined }))
      const reserved = await one.ledger.reserve(claims)
      if ('id' in reserved) one.reservations.push(reserved)
    } else {
      const [reservation] = one.reservations.splice(step.which % Math.max(1, one.reservations.length), 1)
      const amount = reservation?.claims[0]?.amount
      if (!reservation || !amount) return
      const spent = { tokens: Math.floor(amount.tokens * step.share), micros: Math.floor(amount.micros * step.share) }
      await one.ledger.settle(reservation, spent)
    }
  }
}

describe('budgets', () => {
  it('are never over and never below nothing, whoever reserves, spends, pauses or dies in which order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(steps, fc.array(steps, { maxLength: 6 })), { maxLength: 40 }), async (all) => {
        const bank = new Bank()
        for (const step of all) {
          // A list is what happens at once.
          await Promise.all(
            (Array.isArray(step) ? step.filter((one) => one.do !== 'wait') : [step]).map((one) => bank.run(one)),
          )
          for (const { spent, held } of await bank.accounts()) {
            for (const amount of [spent, held]) expect(Math.min(amount.tokens, amount.micros)).toBeGreaterThanOrEqual(0)
            expect(spent.tokens + held.tokens).toBeLessThanOrEqual(LIMIT.tokens)
            expect(spent.micros + held.micros).toBeLessThanOrEqual(LIMIT.micros)
          }
        }
        // Nothing is leaked: when all have ended or died, what was not spent can be reserved.
        bank.now += HOLD_MS
        for (const { key, spent } of await bank.accounts()) {
          const { ledger } = bank.start()
          const amount = minus(LIMIT, spent)
          expect(await ledger.reserve([{ key, limit: LIMIT, amount, keepMs: undefined }])).toHaveProperty('id')
        }
      }),
      { numRuns: process.env.EVERTHREAD_SOAK ? 2_000 : 150 },
    )
  })
})

describe('costs', () => {
  const money = fc.double({ min: 0, max: 1e8, noNaN: true })

  it('are never counted as less than they are, and as no more than a token or a millionth more', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), money, (tokens, paid) => {
        const counted = costOf(amountOf({ tokens, money: paid }, undefined))
        expect(counted.tokens - tokens).toBeGreaterThanOrEqual(0)
        expect(counted.tokens - tokens).toBeLessThanOrEqual(1)
        expect(Math.abs(counted.money - paid)).toBeLessThanOrEqual(1.001e-6)
      }),
    )
  })

  it('add up exactly, in whatever order', () => {
    const amount = fc.record({ tokens: fc.nat(10 ** 9), micros: fc.nat(10 ** 9) })
    fc.assert(
      fc.property(fc.array(amount), (all) => {
        const zero = { tokens: 0, micros: 0 }
        const sum = all.reduce(plus, zero)
        expect(all.toReversed().reduce(plus, zero)).toEqual(sum)
        expect(all.reduce(minus, sum)).toEqual(zero)
      }),
    )
  })
})
