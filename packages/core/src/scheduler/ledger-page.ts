import type { Expect, Key, Op } from '../contract/store.ts'
import { type Amount, minus, NOTHING, plus } from '../turn/cost.ts'
import { type Account, encodeAccount, fits, type Limit, leftOf, NEW_ACCOUNT, withHold } from './account.ts'

/** What a turn wants reserved on one account. */
export interface Claim {
  readonly key: Key
  readonly limit: Limit
  readonly amount: Amount
  /** How long the account is kept after its last use, ms; undefined: for good. */
  readonly keepMs: number | undefined
}

/** An account, as it was read last. */
export interface Seen {
  readonly rev: number
  readonly account: Account
}

/** What this process has reserved on an account, by reservation. */
export type Held = ReadonlyMap<string, Amount>

const sumOf = (held: Held | undefined): Amount => [...(held?.values() ?? [])].reduce(plus, NOTHING)

interface Line {
  rev: number
  account: Account
  held: Map<string, Amount>
  keepMs: number | undefined
}

export interface PageOptions {
  readonly process: string
  readonly seen: ReadonlyMap<Key, Seen>
  readonly held: ReadonlyMap<Key, Held>
  /** Store time, ms. */
  readonly now: number
}

/** One commit to several accounts, as it is drawn up: nothing is changed before it has landed. */
export class LedgerPage {
  readonly #options: PageOptions
  readonly #lines = new Map<Key, Line>()

  constructor(options: PageOptions) {
    this.#options = options
  }

  /** Undefined: it is reserved, unless the commit fails. Else the claim for which too little is left. */
  reserve(id: string, claims: readonly Claim[]): { claim: Claim; left: Amount } | undefined {
    const { process, now } = this.#options
    for (const claim of claims) {
      const { account, held } = this.#peek(claim.key)
      const left = minus(leftOf(account, claim.limit, process, now), sumOf(held))
      if (!fits(claim.amount, left)) return { claim, left }
    }
    for (const claim of claims) this.#line(claim).held.set(id, claim.amount)
    return undefined
  }

  /** The reservation is over, and so much was spent. */
  settle(id: string, claims: readonly Claim[], spent: Amount): void {
    for (const claim of claims) {
      const line = this.#line(claim)
      line.held.delete(id)
      line.account = { ...line.account, spent: plus(line.account.spent, spent) }
    }
  }

  /** What is reserved stays so for longer. */
  renew(claims: readonly Claim[]): void {
    for (const claim of claims) this.#line(claim)
  }

  get isEmpty(): boolean {
    return this.#lines.size === 0
  }

  /** What this process has reserved once the commit has landed. */
  get held(): ReadonlyMap<Key, Held> {
    return new Map([...this.#lines].map(([key, { held }]) => [key, held]))
  }

  write(commit: number, holdMs: number): { expect: Expect[]; ops: Op[]; accounts: ReadonlyMap<Key, Account> } {
    const { process, now } = this.#options
    const accounts = new Map<Key, Account>()
    const expect: Expect[] = []
    const ops: Op[] = []
    for (const [key, { rev, account, held, keepMs }] of this.#lines) {
      const written = withHold(account, process, { amount: sumOf(held), until: now + holdMs, commit }, now)
      accounts.set(key, written)
      expect.push({ key, rev })
      ops.push({ put: key, value: encodeAccount(written), ...(keepMs === undefined ? {} : { ttlMs: keepMs }) })
    }
    return { expect, ops, accounts }
  }

  #line(claim: Claim): Line {
    const known = this.#lines.get(claim.key)
    const line = known ?? { ...this.#peek(claim.key), keepMs: claim.keepMs }
    this.#lines.set(claim.key, line)
    return line
  }

  #peek(key: Key): Omit<Line, 'keepMs'> {
    const line = this.#lines.get(key)
    if (line) return line
    const { rev, account } = this.#options.seen.get(key) ?? { rev: 0, account: NEW_ACCOUNT }
    // A hold that ran out, and that others took away, is no more: they may have reserved in its place.
    const isLost = !account.holds.has(this.#options.process)
    return { rev, account, held: new Map(isLost ? [] : this.#options.held.get(key)) }
  }
}
