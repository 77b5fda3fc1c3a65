import type { Key } from '../contract/store.ts'
import type { Amount } from '../turn/cost.ts'
import type { Claim, LedgerPage } from './ledger-page.ts'

/** What is reserved for a turn. */
export interface Reservation {
  readonly id: string
  readonly claims: readonly Claim[]
}

/** For this claim too little is left. */
export interface Refused {
  readonly claim: Claim
  readonly left: Amount
}

/** What is to be written to the accounts, for one turn or for all. */
export interface Job {
  readonly kind: 'reserve' | 'settle' | 'renew'
  readonly id: string
  readonly claims: readonly Claim[]
  readonly spent: Amount
  failures: number
  resolve(refused?: Refused): void
  reject(error: unknown): void
}

/** A commit of which we do not know whether it has landed. */
export interface Unsure {
  readonly commit: number
  readonly keys: readonly Key[]
  readonly jobs: readonly Job[]
}

/** Puts a job on the page; what is given is why it cannot be done. */
export function draw(page: LedgerPage, { kind, id, claims, spent }: Job): Refused | undefined {
  if (kind === 'reserve') return page.reserve(id, claims)
  if (kind === 'settle') page.settle(id, claims, spent)
  else page.renew(claims)
  return undefined
}
