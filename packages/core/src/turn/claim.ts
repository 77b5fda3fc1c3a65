import { packAppended } from '../checkpoint/appended.ts'
import { tipPrefix } from '../checkpoint/layout.ts'
import { seenTip } from '../checkpoint/learn.ts'
import { packStanding } from '../checkpoint/standing.ts'
import type { SeenTip } from '../checkpoint/thread.ts'
import type { Commit, Expect, Key, Op, Outcome, Row } from '../contract/store.ts'
import { type Lease, leaseOf, takeLease } from './lease.ts'
import { putEnded, putRunning, recordOf, type Scheduled, type TurnRecord } from './record.ts'
import { LEASE_KEY, RUNNING_KEY, STOP_KEY, TICKETS_PREFIX, turnKey } from './rows.ts'

/** What one who wants a session takes it for. All of it may be stale: the store compares. */
export interface View {
  /** The row of a turn that nobody has ended. */
  running: Row | undefined
  /** The tip of the root namespace. */
  tip: SeenTip | null
  /** The record of an earlier turn of this id. */
  earlier: Row | undefined
}

export const blankView = (): View => ({ running: undefined, tip: null, earlier: undefined })

/** Why a claim was refused, and the store's time. */
export type Refusal =
  /** The view was stale: try again at once. */
  | { why: 'stale'; now: number }
  /** Somebody holds the session until then, unless they renew. */
  | { why: 'held'; lease: Lease; until: number; now: number }
  /** Others wait before us; the first will be forgotten then, unless they renew. */
  | { why: 'behind'; until: number; now: number }
  /** Our ticket has run out. */
  | { why: 'forgotten'; now: number }
  /** There is a turn of this id that is over. */
  | { why: 'known'; record: TurnRecord; now: number }

export interface Claim {
  lease: Lease
  ttlMs: number
  /** Our place in the queue, when we have one. */
  ticket: Key | undefined
  scheduled?: Scheduled | undefined
}

/** The commit that takes a free session, if we are the first who waits. */
export function planClaim(claim: Claim, view: View): Omit<Commit, 'id'> {
  const { lease, ttlMs, ticket } = claim
  const expect: Expect[] = [
    { key: LEASE_KEY, rev: 0 },
    { prefix: TICKETS_PREFIX, first: ticket ?? null },
  ]
  const ops: Op[] = ticket === undefined ? [] : [{ del: ticket }]
  ops.push(takeLease(lease, ttlMs))
  if (lease.kind === 'lock') return { expect, ops }
  expect.push(
    { key: RUNNING_KEY, rev: view.running?.rev ?? 0 },
    { key: turnKey(lease.id), rev: view.earlier?.rev ?? 0 },
    { prefix: tipPrefix(''), first: view.tip?.key ?? null },
  )
  if (view.tip) expect.push({ key: view.tip.key, rev: view.tip.rev })
  // Who left a turn behind is dead: its lease has run out.
  const dead = view.running && recordOf(view.running)
  if (dead && dead.id !== lease.id) ops.push(putEnded({ ...dead, state: 'interrupted', endedAt: lease.since }))
  ops.push(putRunning(startOf(claim, view)), { del: STOP_KEY })
  return { expect, ops }
}

/** The record of a turn that begins. */
export function startOf({ lease, scheduled }: Pick<Claim, 'lease' | 'scheduled'>, view: View): TurnRecord {
  const { id, holder, since } = lease
  const { tip } = view
  const behind = tip ? packAppended(tip.appended) : {}
  const standing = tip && packStanding(tip.standing) ? { standing: tip.standing } : {}
  const started = { id, who: holder, startedAt: since, steps: 0, startedFrom: tip?.id ?? null }
  return { ...started, state: 'running', ...behind, ...standing, ...(scheduled ? { scheduled } : {}) }
}

/** What the store's reply to a claim means. Brings the view up to date. */
export function judgeClaim(claim: Claim, view: View, outcome: Extract<Outcome, { ok: false }>): Refusal {
  const { rows, now } = outcome
  const find = (key: Key): Row | undefined => rows.find((row) => row.key === key)
  view.running = find(RUNNING_KEY)
  view.earlier = find(turnKey(claim.lease.id))
  const tip = rows.find((row) => row.key.startsWith(tipPrefix('')))
  view.tip = tip ? seenTip(tip) : null
  const lease = find(LEASE_KEY)
  if (lease) return { why: 'held', lease: leaseOf(lease), until: lease.until ?? Number.POSITIVE_INFINITY, now }
  if (view.earlier) {
    const record = recordOf(view.earlier)
    if (record.state === 'complete') return { why: 'known', record, now }
  }
  const first = rows.find((row) => row.key.startsWith(TICKETS_PREFIX))
  if (claim.ticket !== undefined && (!first || first.key > claim.ticket)) return { why: 'forgotten', now }
  if (first && first.key !== claim.ticket) return { why: 'behind', until: first.until ?? now, now }
  return { why: 'stale', now }
}
