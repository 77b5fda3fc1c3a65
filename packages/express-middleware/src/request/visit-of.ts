import { EverthreadError } from '@everthread/core'
import { Cookie } from '../cookie/cookie.ts'
import type { Session } from './session.ts'
import { type SessionRequest, VISIT } from './session-request.ts'
import { told, Visit } from './visit.ts'

/** The visit that the request is on. Where another middleware is at work, its sessions come from its store. */
export function visitOf(req: SessionRequest): Visit {
  const visit = req[VISIT]
  if (visit) return visit
  if (!req.sessionStore) {
    throw new EverthreadError('SESSION_DETACHED', 'This session belongs to no store: use the one on a request')
  }
  return new GuestVisit(req, req.sessionStore, {
    resave: false,
    newId: () => '',
    newCookie: () => new Cookie(),
    report: (error) => process.emitWarning(error instanceof Error ? error : String(error)),
    canSetCookie: () => !('res' in req && (req.res as { headersSent?: boolean })?.headersSent),
  })
}

/** On a request of express-session, or with a session that a store has loaded by itself: all goes by the store. */
class GuestVisit extends Visit {
  override async generate(): Promise<Session> {
    this.store.generate?.(this.req)
    if (this.req.session) return this.req.session
    throw new EverthreadError('SESSION_DETACHED', 'Use the session on a request: this one cannot get another id')
  }

  override async save(session: Session): Promise<void> {
    await told((done) => this.store.set(session.id, session, done))
  }
}
