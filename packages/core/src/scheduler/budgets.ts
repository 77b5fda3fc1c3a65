import { partitionOfKind } from '../contract/partition.ts'
import type { Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { type Amount, amountOf, type Cost, type CostUnit, costOf, NOTHING } from '../turn/cost.ts'
import { type BudgetRule, type Degraded, type OverBudget, unitOf } from './budget.ts'
import { type BudgetClaim, claimsOf, statedIn } from './claims.ts'
import { Ledger } from './ledger.ts'
import type { Refused, Reservation } from './ledger-job.ts'
import type { WaitingTurn } from './waiting-turn.ts'

/** A turn that wants its part of the budgets. */
export interface Spender {
  readonly turn: WaitingTurn
  readonly store: Store
  readonly leaseMs: number
  /** As it was stated. */
  readonly cost: Cost | undefined
  /** What is taken for it when nothing was. */
  readonly usual: Amount
  /** Store time, ms. */
  now(): number
}

/** What was reserved for a turn. */
export interface Grant {
  readonly amount: Amount
  readonly degraded: unknown
  /** Once. Counts what was spent, or gives all back. */
  settle(spent: Amount): Promise<void>
}

/** It is to wait until then: store time, ms. */
export interface Deferred {
  readonly until: number
}

export interface BudgetsOptions {
  readonly rules: readonly BudgetRule[]
  onLate(cause: unknown): void
}

/** Lets a turn in that the budgets have enough for. */
export class Budgets {
  readonly unit: CostUnit | undefined
  readonly #options: BudgetsOptions
  readonly #ledgers = new Map<Store, Map<string, Ledger>>()

  constructor(options: BudgetsOptions) {
    this.#options = options
    this.unit = unitOf(options.rules)
  }

  /** @throws `BUDGET_EXCEEDED`, `COST_INVALID`, and what a `degrade` throws */
  async reserve(spender: Spender): Promise<Grant | Deferred> {
    const { cost, usual } = spender
    const first = await this.#try(spender, cost, cost === undefined ? usual : amountOf(cost, this.unit))
    if ('settle' in first) return first
    const { claim, left } = first
    const { over, degrade } = claim.rule.given
    if (over === 'defer' && claim.endsAt !== undefined && fitsAtAll(claim)) return { until: claim.endsAt }
    if (over !== 'degrade' || !degrade) throw exceeded(first)
    const budget = claim.rule.given
    const asked: OverBudget = { turn: spender.turn, budget, left: leftSaid(claim, left) }
    const lesser = checkDegraded(await degrade(asked))
    if (!lesser) throw exceeded(first)
    const second = await this.#try(spender, lesser.cost, amountOf(lesser.cost, this.unit))
    if ('settle' in second) return { ...second, degraded: lesser.to ?? true }
    throw exceeded(second)
  }

  /** Ends when all that was spent is written. */
  async close(): Promise<void> {
    const all = [...this.#ledgers.values()].flatMap((ofTenants) => [...ofTenants.values()])
    await Promise.all(all.map((ledger) => ledger.close()))
  }

  async #try(spender: Spender, cost: Cost | undefined, amount: Amount): Promise<Grant | BudgetRefused> {
    const stated = statedIn(cost, this.unit)
    const claims = claimsOf(this.#options.rules, spender.turn, { amount, stated, now: spender.now() })
    if (claims.length === 0) return { amount, degraded: undefined, settle: async () => undefined }
    const ledger = this.#ledger(spender)
    const reserved: Reservation | Refused = await ledger.reserve(claims)
    if ('claim' in reserved) return reserved as BudgetRefused
    return { amount, degraded: undefined, settle: (spent) => ledger.settle(reserved, spent) }
  }

  #ledger({ store, turn: { tenant }, leaseMs, now }: Spender): Ledger {
    const ofTenants = this.#ledgers.get(store) ?? new Map<string, Ledger>()
    this.#ledgers.set(store, ofTenants)
    const { onLate } = this.#options
    const partition = partitionOfKind('budgets', tenant, 'accounts')
    const ledger = ofTenants.get(tenant) ?? new Ledger({ store, partition, holdMs: leaseMs, now, onLate })
    ofTenants.set(tenant, ledger)
    return ledger
  }
}

/** What a turn that is over counts for: what it said; else what was reserved, if it was complete. */
export function spentBy(grant: Grant, { complete, spent }: { complete: boolean; spent: Amount | undefined }): Amount {
  return spent ?? (complete ? grant.amount : NOTHING)
}

interface BudgetRefused extends Refused {
  readonly claim: BudgetClaim
}

/** Whether the budget would have enough if nothing were spent. */
function fitsAtAll({ amount, limit }: BudgetClaim): boolean {
  const { tokens = Number.POSITIVE_INFINITY, micros = Number.POSITIVE_INFINITY } = limit
  return amount.tokens <= tokens && amount.micros <= micros
}

function leftSaid({ limit }: BudgetClaim, left: Amount): OverBudget['left'] {
  const { tokens, money } = costOf(left)
  return { ...(limit.tokens === undefined ? {} : { tokens }), ...(limit.micros === undefined ? {} : { money }) }
}

function checkDegraded(degraded: unknown): Degraded | undefined {
  if (degraded === undefined) return undefined
  if (typeof degraded === 'object' && degraded !== null) {
    const { cost, to: _, ...more } = degraded as Record<string, unknown>
    if (cost !== undefined && Object.keys(more).length === 0) return degraded as Degraded
  }
  throw new EverthreadError('BUDGET_INVALID', 'Let degrade give { cost, to }, or undefined')
}

function exceeded({ claim, left }: BudgetRefused): EverthreadError {
  const { per, every } = claim.rule.given
  const said = Object.entries(leftSaid(claim, left)).map(([unit, amount]) => `${amount} ${unit}`)
  const wait = claim.endsAt === undefined ? 'raise it' : `wait until ${new Date(claim.endsAt).toISOString()}`
  const name = every === undefined ? per : `${per} and ${every}`
  const message = `The budget per ${name} has ${said.join(' and ')} left, which this turn exceeds: ${wait}, or ask for less`
  return new EverthreadError('BUDGET_EXCEEDED', message, { committed: 'no' })
}
