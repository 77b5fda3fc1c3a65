import { type Amount, amountOf, type Cost, type CostUnit, NOTHING, plus } from './cost.ts'

/** What a turn says that it has spent. */
export class Spending {
  readonly #unit: CostUnit | undefined
  #total: Amount | undefined

  /** @param unit - what numbers are of */
  constructor(unit: CostUnit | undefined) {
    this.#unit = unit
  }

  /** Undefined while nothing was said. */
  get total(): Amount | undefined {
    return this.#total
  }

  /** @throws `COST_INVALID` */
  add(cost: Cost): void {
    this.#total = plus(this.#total ?? NOTHING, amountOf(cost, this.#unit))
  }
}
