import { type Amount, minus, NOTHING, plus } from '../turn/cost.ts'

/**
 * What was spent of a budget, and what is reserved by those who use it. A process has one hold on an account, for all
 * its turns together, which lives while it is renewed: what a process that died had reserved is free again.
 */
export interface Account {
  readonly spent: Amount
  readonly holds: ReadonlyMap<string, Hold>
}

export interface Hold {
  readonly amount: Amount
  /** Store time in ms from which on it is no more. */
  readonly until: number
  /** The commit of its process that wrote it. */
  readonly commit: number
}

export interface Limit {
  readonly tokens: number | undefined
  readonly micros: number | undefined
}

export const NEW_ACCOUNT: Account = { spent: NOTHING, holds: new Map() }

/** What nobody but this process has spent or reserved is left. */
export function leftOf({ spent, holds }: Account, limit: Limit, process: string, now: number): Amount {
  let taken = spent
  for (const [owner, { amount, until }] of holds) if (owner !== process && until > now) taken = plus(taken, amount)
  const { tokens = Number.POSITIVE_INFINITY, micros = Number.POSITIVE_INFINITY } = limit
  return minus({ tokens, micros }, taken)
}

export const fits = (amount: Amount, left: Amount): boolean =>
  amount.tokens <= left.tokens && amount.micros <= left.micros

/** The account with the hold of a process as it is now, and without those that are over. */
export function withHold({ spent, holds }: Account, process: string, hold: Hold, now: number): Account {
  const live = [...holds].filter(([owner, { until }]) => owner !== process && until > now)
  return { spent, holds: new Map([...live, [process, hold]]) }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function encodeAccount({ spent, holds }: Account): Uint8Array {
  const h = [...holds].map(([process, { amount, until, commit }]) => [process, ...numbersOf(amount), until, commit])
  return encoder.encode(JSON.stringify({ s: numbersOf(spent), h }))
}

export function decodeAccount(value: Uint8Array): Account {
  const { s, h } = JSON.parse(decoder.decode(value)) as {
    s: [number, number]
    h: [string, number, number, number, number][]
  }
  const holds = h.map(([process, tokens, micros, until, commit]): [string, Hold] => {
    return [process, { amount: { tokens, micros }, until, commit }]
  })
  return { spent: { tokens: s[0], micros: s[1] }, holds: new Map(holds) }
}

const numbersOf = ({ tokens, micros }: Amount): [number, number] => [tokens, micros]
