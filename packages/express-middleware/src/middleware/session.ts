import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { EverthreadError } from '@everthread/core'
import { Cookie, newCookie } from '../cookie/cookie.ts'
import { isSecure, SessionCookies } from '../cookie/session-cookie.ts'
import { MemoryStore } from '../express-store/memory-store.ts'
import { Store } from '../express-store/store.ts'
import { Session } from '../request/session.ts'
import type { SessionRequest } from '../request/session-request.ts'
import { Visit } from '../request/visit.ts'
import { visitOf } from '../request/visit-of.ts'
import { anomalyOf, endsSession } from './anomaly.ts'
import { aroundAnswer } from './answer.ts'
import { RequestCommit } from './commit.ts'
import { checkCookieName } from './cookie-name.ts'
import { type SessionEventMap, SessionEvents } from './events.ts'
import { readOptions, type SessionOptions, type Settings } from './options.ts'

type Next = (error?: unknown) => void

/** For Express 4 and 5, and for plain `http`: `middleware(req, res, () => handle(req, res))`. */
export interface SessionMiddleware {
  (req: SessionRequest, res: ServerResponse, next: Next): void
  on<Name extends keyof SessionEventMap>(name: Name, listener: (...args: SessionEventMap[Name]) => void): this
}

export interface SessionFactory {
  (options?: SessionOptions): SessionMiddleware
  Session: typeof Session
  Store: typeof Store
  MemoryStore: typeof MemoryStore
  Cookie: typeof Cookie
}

/**
 * Gives each request its session, as `req.session`.
 *
 * ```ts
 * app.use(session({ store: sqliteStore('web.db'), secret }))
 * ```
 *
 * Options and methods are those of express-session. What a request changed is stored, key by key, before its answer
 * leaves; a request that only reads writes nothing.
 *
 * Raises `GENID_INVALID`, `UNSET_INVALID`, `SECRET_INVALID`, `COMMIT_OPTION_INVALID`, `COOKIE_NAME_INVALID`,
 * `COOKIE_PREFIX`, `LIFETIME_INVALID` and `OPTION_UNSUPPORTED`; passes `SECRET_MISSING` and errors of the store to `next`.
 */
export const session: SessionFactory = Object.assign(middleware, { Session, Store, MemoryStore, Cookie })

function middleware(options: SessionOptions = {}): SessionMiddleware {
  const settings = readOptions(options, () => randomBytes(24).toString('base64url'))
  const events = new SessionEvents()
  const { store } = settings
  // A secret that `cookie-parser` puts on requests may be another on each.
  const cookies = settings.secrets && new SessionCookies(settings.name, settings.secrets)
  let isConnected: boolean = true
  store.on('disconnect', () => {
    isConnected = false
  })
  store.on('connect', () => {
    isConnected = true
  })
  store.generate = (req) => {
    const id = settings.genid(req)
    if (typeof id !== 'string')
      throw new EverthreadError('GENID_ASYNC', 'Use req.session.regenerate(): genid must wait')
    visitOf(req).take(id)
  }

  function attach(req: SessionRequest, res: ServerResponse, next: Next): void {
    const passes = () => !isConnected || !pathOf(req).startsWith(settings.cookieFor(req).path ?? '/')
    // Somebody else has given it one; or it gets none: the store is away, or the cookie is for another path.
    if (req.session || passes()) {
      next()
      return
    }
    const secret = settings.secrets?.[0] ?? req.secret
    if (!secret) {
      next(new EverthreadError('SECRET_MISSING', 'secret option required for sessions: session({ secret })'))
      return
    }
    req.sessionStore = store
    const cookieId = (cookies ?? new SessionCookies(settings.name, [secret])).read(req)
    const visit = new Visit(req, store, {
      resave: settings.resave,
      newId: settings.genid,
      newCookie: (from) => cookieFor(settings, from),
      report: (error) => events.error(error, req),
      canSetCookie: () => !res.headersSent,
      sessions: settings.sessions,
    })
    aroundAnswer(res, new RequestCommit(visit, res, settings, { secret, cookieId, events, next }))
    begin(visit, cookieId, next, () => guard(visit, settings, events))
  }

  return Object.assign(attach, {
    on(this: SessionMiddleware, name: string, listener: () => void) {
      events.emitter.on(name as keyof SessionEventMap, listener)
      return this
    },
  }) as SessionMiddleware
}

function begin(visit: Visit, cookieId: string | undefined, next: Next, loaded: () => Promise<void>): void {
  let begun: Promise<void> | undefined
  try {
    begun = visit.begin(cookieId)
  } catch (error) {
    next(error)
    return
  }
  // Without a cookie there is nothing to wait for, and the request goes on at once.
  if (!begun) {
    next()
    return
  }
  begun
    .then(() => (cookieId === undefined ? undefined : loaded()))
    .then(
      () => process.nextTick(next),
      (error: unknown) => process.nextTick(next, error),
    )
}

/** Somebody logged in who comes from elsewhere. */
async function guard(visit: Visit, { anomaly: policy }: Settings, events: SessionEvents): Promise<void> {
  const { req, store } = visit
  const anomaly = req.session ? anomalyOf(store, req.session, req) : undefined
  if (!anomaly) return
  events.anomaly(anomaly, req)
  if (endsSession(policy, anomaly, req)) await visit.regenerate()
}

function cookieFor(settings: Settings, req: SessionRequest): Cookie {
  const options = settings.cookieFor(req)
  checkCookieName(settings.name, options)
  return newCookie(options, isSecure(req, settings.proxy))
}

function pathOf(req: SessionRequest): string {
  const url = req.originalUrl || req.url || '/'
  return url.startsWith('/') ? (url.split('?', 1)[0] as string) : (URL.parse(url)?.pathname ?? '/')
}
