import type { Owner } from '../checkpoint/session-change.ts'
import { knownOptions } from '../known-options.ts'
import { type SessionEvent, subjectOf } from '../session/session-event.ts'
import type { Principal, SessionService } from '../session/session-service.ts'
import {
  mergeSeen,
  type Observation,
  type Observed,
  SEEN_MS,
  type Seen,
  SUDDEN_MS,
  seenOf,
  suddenChanges,
  type Verdict,
} from './observation.ts'

/** Decides about a sudden change, which the event tells; its `detail.changed` says of what. */
export type AnomalyPolicy = (event: SessionEvent) => Verdict | Promise<Verdict>

export interface AnomalyOptions {
  /** Default: `allow`, whatever changes. */
  policy?: Verdict | AnomalyPolicy
  /** Another network counts as sudden only when the session was seen so shortly before, ms. Default 10 minutes. */
  suddenMs?: number
}

export interface ObserveOptions {
  /** The user has proved who it is: take it as it is now. */
  verified?: boolean
}

/** Takes in where a session is used from. What changes suddenly is told, and the policy decides. */
export async function observe(
  service: SessionService,
  at: { id: string; owner: Owner | undefined; by: Principal },
  given: Observation,
  options: ObserveOptions = {},
): Promise<Observed> {
  const { id, owner, by } = at
  const { engine, anomaly } = service
  const seen = seenOf(id, given, engine.now())
  const { verified = false } = knownOptions(options, ['verified'], 'OBSERVATION_INVALID')
  const row = await engine.rows.current(id, owner)
  const before = row.seen as Seen | undefined
  const changed = verified ? [] : suddenChanges(before, seen, anomaly.suddenMs ?? SUDDEN_MS)
  const verdict = changed.length === 0 ? 'allow' : await decide()
  if (verdict === 'end') await service.move(id, 'expired', by, owner)
  else if (verdict === 'allow' && isNews(before, seen)) await remember()
  return { verdict, changed }

  async function decide(): Promise<Verdict> {
    const { policy = 'allow' } = anomaly
    const event = { type: 'anomaly' as const, ...subjectOf(id, row), by: by.who, detail: { changed } }
    const decided = await decideBy(service, policy, { tenant: service.tenant, at: engine.now(), ...event })
    await service.hub.emit({ ...event, detail: { changed, verdict: decided } })
    return decided
  }

  async function remember(): Promise<void> {
    await engine.rows.update(
      id,
      (current) => ({ ...current, seen: { ...mergeSeen(current.seen as Seen | undefined, seen) } }),
      { owner, active: false },
    )
  }
}

/** A policy that fails lets nobody in unseen, and ends nothing. */
async function decideBy(
  { hub }: SessionService,
  policy: Verdict | AnomalyPolicy,
  event: SessionEvent,
): Promise<Verdict> {
  if (typeof policy !== 'function') return policy
  try {
    const verdict = await policy(event)
    if (verdict === 'allow' || verdict === 'challenge' || verdict === 'end') return verdict
    throw new TypeError(`A policy gives allow, challenge or end, not ${String(verdict)}`)
  } catch (cause) {
    const { sessionId } = event
    const about = sessionId === undefined ? {} : { sessionId }
    await hub.emit({ type: 'error', code: 'ANOMALY_POLICY_FAILED', ...about, detail: { event: 'anomaly' }, cause })
    return 'challenge'
  }
}

/** Whether there is something to write. */
function isNews(before: Seen | undefined, seen: Seen): boolean {
  if (!before || seen.t - before.t >= SEEN_MS) return true
  const { t: _, ...now } = seen
  return Object.entries(now).some(([name, value]) => before[name as keyof Seen] !== value)
}
