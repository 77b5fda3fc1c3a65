import { createHash } from 'node:crypto'
import { joinKey } from '../contract/key.ts'
import type { Amount, Cost, CostUnit } from '../turn/cost.ts'
import type { BudgetRule } from './budget.ts'
import type { Claim } from './ledger-page.ts'
import { periodAt } from './period.ts'
import type { WaitingTurn } from './waiting-turn.ts'

/** What a turn claims of one budget. */
export interface BudgetClaim extends Claim {
  readonly rule: BudgetRule
  /** When the budget begins anew, ms since the epoch. */
  readonly endsAt: number | undefined
}

/** In which units a cost was stated: what was not may be anything, and is taken for the least. */
export interface Stated {
  readonly tokens: boolean
  readonly money: boolean
}

const DAY_MS = 24 * 3_600_000
/** The account of a session without a period is kept for so long after its last turn, ms: sessions go without a word. */
const SESSION_MS = 400 * DAY_MS

export function statedIn(cost: Cost | undefined, unit: CostUnit | undefined): Stated {
  if (typeof cost === 'number') return { tokens: unit === 'tokens', money: unit === 'money' }
  return { tokens: cost?.tokens !== undefined, money: cost?.money !== undefined }
}

/** What a turn claims of the budgets that it falls under, at this store time in ms. */
export function claimsOf(
  rules: readonly BudgetRule[],
  turn: WaitingTurn,
  { amount, stated, now }: { amount: Amount; stated: Stated; now: number },
): BudgetClaim[] {
  return rules.flatMap((rule) => {
    const { per, every, kind } = rule.given
    const owner = ownerOf(turn, per)
    if (owner === undefined || (kind !== undefined && kind !== turn.kind)) return []
    const period = every && periodAt(every, now)
    const least = (value: number, isStated: boolean, isLimited: boolean): number =>
      isLimited ? Math.max(value, isStated ? 0 : 1) : 0
    return {
      rule,
      endsAt: period?.endsAt,
      key: joinKey('a', per, every ?? 'ever', hash(kind ?? ''), hash(owner), period?.name ?? '-'),
      limit: rule.limit,
      amount: {
        tokens: least(amount.tokens, stated.tokens, rule.limit.tokens !== undefined),
        micros: least(amount.micros, stated.money, rule.limit.micros !== undefined),
      },
      keepMs: period ? Math.ceil(period.endsAt - now) + DAY_MS : per === 'session' ? SESSION_MS : undefined,
    }
  })
}

function ownerOf({ sessionId, userId, agentId }: WaitingTurn, per: BudgetRule['given']['per']): string | undefined {
  if (per === 'session') return sessionId
  if (per === 'user') return userId
  return per === 'agent' ? agentId : ''
}

/** Names may be longer than keys. */
const hash = (name: string): string => createHash('sha256').update(name).digest('base64url').slice(0, 27)
