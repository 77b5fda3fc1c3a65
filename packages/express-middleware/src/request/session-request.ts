import type { IncomingMessage } from 'node:http'
import type { Secret } from '../cookie/signature.ts'
import type { Store } from '../express-store/store.ts'
import type { Session } from './session.ts'
import type { SessionData } from './session-data.ts'
import type { Visit } from './visit.ts'

/** Where a request keeps its visit. On the request, as a `WeakMap` of all requests burdens each collection. */
export const VISIT: unique symbol = Symbol('everthread.visit')

/** A request as it passes the middleware: Express's, or one of plain `http`. */
export interface SessionRequest extends IncomingMessage {
  session?: (Session & Partial<SessionData>) | null | undefined
  sessionID?: string | undefined
  sessionStore?: Store
  /** Set by `cookie-parser`. */
  secret?: Secret
  cookies?: object
  signedCookies?: object
  /** Set by Express. */
  originalUrl?: string
  secure?: boolean
  ip?: string | undefined
  [VISIT]?: Visit
}
