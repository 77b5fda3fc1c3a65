import { EverthreadError } from '../errors.ts'
import { type Amount, amountOf, type Cost, type CostUnit, NOTHING, plus } from './cost.ts'

/** What a turn says that it has spent. */
export class Spending {
  readonly #unit: CostUnit | undefined
  #total: Amount | undefined
  #isOver = false

  /** @param unit - what numbers are of */
  constructor(unit: CostUnit | undefined) {
    this.#unit = unit
  }

  /** Undefined while nothing was said. */
  get total(): Amount | undefined {
    return this.#total
  }

  /** What comes later counts no more. Gives the total. */
  end(): Amount | undefined {
    this.#isOver = true
    return this.#total
  }

  /** @throws `COST_INVALID`, `TURN_OVER` */
  add(cost: Cost): void {
    if (this.#isOver) throw new EverthreadError('TURN_OVER', 'The turn is over: say before its end what it has spent')
    this.#total = plus(this.#total ?? NOTHING, amountOf(cost, this.#unit))
  }
}
