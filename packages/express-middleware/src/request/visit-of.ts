import { EverthreadError } from '@everthread/core'
import { Cookie } from '../cookie/cookie.ts'
import { type SessionRequest, VISIT } from './session-request.ts'
import { GuestVisit, type Visit } from './visit.ts'

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
