import type { Store } from '../express-store/store.ts'
import { whereabouts } from '../request/logins.ts'
import type { Session } from '../request/session.ts'
import type { SessionRequest } from '../request/session-request.ts'
import { keeperOf } from '../web/keeper.ts'

/** Somebody logged in comes from elsewhere than they logged in from. */
export interface Anomaly {
  userId: string
  changed: ('device' | 'address')[]
  before: { device?: string | undefined; address?: string | undefined }
  now: { device?: string | undefined; address?: string | undefined }
}

/** `report` raises the event `anomaly`; `end` also destroys the session; a function decides for each. */
export type AnomalyPolicy = 'report' | 'end' | ((anomaly: Anomaly, req: SessionRequest) => 'keep' | 'end')

export function anomalyOf(store: Store, session: Session, req: SessionRequest): Anomaly | undefined {
  const login = keeperOf(store)?.knownOf(session)?.meta.login
  if (!login) return undefined
  const now = whereabouts(req)
  const changed = (['device', 'address'] as const).filter((what) => login[what] !== now[what])
  if (changed.length === 0) return undefined
  return { userId: login.userId, changed, before: { device: login.device, address: login.address }, now }
}

export function endsSession(policy: AnomalyPolicy, anomaly: Anomaly, req: SessionRequest): boolean {
  return (typeof policy === 'function' ? policy(anomaly, req) : policy) === 'end'
}
