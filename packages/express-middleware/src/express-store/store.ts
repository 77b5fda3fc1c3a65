import { EventEmitter } from 'node:events'
import { Cookie, type CookieData } from '../cookie/cookie.ts'
import { Session } from '../request/session.ts'
import type { SessionRequest } from '../request/session-request.ts'

export type Callback<T = void> = (error?: unknown, value?: T) => void

/** A session as stores keep it. */
export interface StoredSession {
  cookie: Omit<CookieData, 'expires'> & { expires?: Date | string | null | undefined }
  [key: string]: unknown
}

/** What a session store is: as express-session defines it, so that its stores are stores here. */
export interface Store extends EventEmitter {
  get(id: string, callback: Callback<StoredSession | null>): void
  set(id: string, session: StoredSession | Session, callback?: Callback): void
  destroy(id: string, callback?: Callback): void
  touch?(id: string, session: StoredSession | Session, callback?: Callback): void
  all?(callback: Callback<StoredSession[] | Record<string, StoredSession> | null>): void
  length?(callback: Callback<number>): void
  clear?(callback?: Callback): void
  /** Gives the request a new session. The middleware that uses the store puts it here. */
  generate?(req: SessionRequest): void
  regenerate(req: SessionRequest, callback: Callback): void
  load(id: string, callback: Callback<Session>): void
  createSession(req: SessionRequest, stored: StoredSession): Session
}

interface StoreConstructor {
  new (): Store
  (): Store
  readonly prototype: Store
}

/** A function and not a class, because stores written years ago call it without `new`. */
function construct(this: unknown): unknown {
  const store = this instanceof EventEmitter ? this : Object.create(construct.prototype)
  EventEmitter.call(store)
  return store
}

construct.prototype = Object.create(EventEmitter.prototype, {
  constructor: { value: construct, configurable: true, writable: true },
  regenerate: method(function regenerate(this: Store, req: SessionRequest, callback: Callback) {
    this.destroy(req.sessionID ?? '', (error) => {
      this.generate?.(req)
      callback(error)
    })
  }),
  load: method(function load(this: Store, id: string, callback: Callback<Session>) {
    this.get(id, (error, stored) => {
      if (error || !stored) callback(error ?? undefined)
      else callback(undefined, this.createSession({ sessionID: id, sessionStore: this } as SessionRequest, stored))
    })
  }),
  createSession: method(function createSession(this: Store, req: SessionRequest, stored: StoredSession) {
    req.session = new Session(req, { ...stored, cookie: revive(stored.cookie) })
    return req.session
  }),
})

/** The base of express-session's stores; callable with and without `new`. */
export const Store: StoreConstructor = construct as unknown as StoreConstructor

function revive(stored: StoredSession['cookie']): Cookie {
  const { expires, ...rest } = stored
  const cookie = new Cookie(rest)
  if (expires) cookie.expires = new Date(expires)
  cookie.originalMaxAge = stored.originalMaxAge
  return cookie
}

function method(value: (...args: never[]) => unknown): PropertyDescriptor {
  return { value, configurable: true, writable: true }
}
