import type { Cookie } from '../cookie/cookie.ts'
import type { Store } from '../express-store/store.ts'
import type { Session } from './session.ts'

/**
 * What your sessions hold. Add to it:
 *
 * ```ts
 * declare module '@everthread/express-middleware' {
 *   interface SessionData { cart: string[] }
 * }
 * ```
 */
export interface SessionData {
  cookie: Cookie
}

declare global {
  namespace Express {
    interface Request {
      session: Session & Partial<SessionData>
      sessionID: string
      sessionStore: Store
    }
  }
}
