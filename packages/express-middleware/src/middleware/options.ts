import { EverthreadError, type Store as EverthreadStore, SessionManager } from '@everthread/core'
import { type CookieOptions, newCookie } from '../cookie/cookie.ts'
import type { Secret } from '../cookie/signature.ts'
import { ExpressSessionStore } from '../express-store/express-session-store.ts'
import { MemoryStore } from '../express-store/memory-store.ts'
import type { Store } from '../express-store/store.ts'
import type { SessionRequest } from '../request/session-request.ts'
import type { LifetimeOptions } from '../web/lifetime.ts'
import type { AnomalyPolicy } from './anomaly.ts'
import { checkCookieName } from './cookie-name.ts'

export interface SessionOptions extends LifetimeOptions {
  /** Signs the cookie. Of several the first signs, and all are accepted: put a new one first to rotate. */
  secret?: Secret | readonly Secret[] | undefined
  /** A store of Everthread, or any store made for express-session. Default: a `MemoryStore`, for first tries. */
  store?: EverthreadStore | Store | undefined
  /** In place of `store`: web sessions live where these sessions do, and own chats among them. */
  sessions?: SessionManager | undefined
  /** The outermost scope, for a store of Everthread. Default `default`. */
  tenant?: string | undefined
  /** The cookie's name. Default `connect.sid`. A `__Host-` or `__Secure-` name must have the settings that browsers ask for. */
  name?: string | undefined
  /** An older word for `name`. */
  key?: string | undefined
  cookie?: CookieOptions | ((req: SessionRequest) => CookieOptions) | undefined
  /** Makes ids, which must be impossible to guess. Default: 24 random bytes. */
  genid?: ((req: SessionRequest) => string | Promise<string>) | undefined
  /** Whether `X-Forwarded-Proto` tells if the client's connection is secure. Default: what Express's `trust proxy` says. */
  proxy?: boolean | undefined
  /** Whether sessions are saved that have not changed. Default: only on stores of others, as in express-session. */
  resave?: boolean | undefined
  /** Whether every answer sets the cookie, so that its time starts again. Default false. */
  rolling?: boolean | undefined
  /** Whether new sessions are saved that hold nothing. Default: only on stores of others, as in express-session. */
  saveUninitialized?: boolean | undefined
  /** What `delete req.session` does to the stored session. Default `keep`. */
  unset?: 'destroy' | 'keep' | undefined
  /** Whether an answer waits for what its request wrote: `before` it leaves (default), or the write goes on `after` it. */
  commit?: 'before' | 'after' | undefined
  /** What happens when the browser or the address of somebody logged in changes. Default `report`. */
  anomaly?: AnomalyPolicy | undefined
}

export interface Settings {
  rolling: boolean
  resave: boolean
  saveUninitialized: boolean
  store: Store
  secrets: readonly Secret[] | undefined
  name: string
  cookieFor(req: SessionRequest): CookieOptions
  genid: (req: SessionRequest) => string | Promise<string>
  proxy: boolean | undefined
  unsetDestroys: boolean
  waits: boolean
  anomaly: AnomalyPolicy
  sessions: (() => SessionManager) | undefined
}

/**
 * @throws `GENID_INVALID`, `UNSET_INVALID`, `SECRET_INVALID`, `COMMIT_OPTION_INVALID`, `COOKIE_NAME_INVALID`, `COOKIE_PREFIX`,
 * `COOKIE_INVALID`, and what stores do
 */
export function readOptions(options: SessionOptions, newId: () => string): Settings {
  const { genid = newId, unset = 'keep', commit = 'before', cookie = {}, secret, anomaly = 'report' } = options
  const name = options.name ?? options.key ?? 'connect.sid'
  if (typeof genid !== 'function') throw invalid('GENID_INVALID', 'genid option must be a function that gives an id')
  if (unset !== 'destroy' && unset !== 'keep') {
    throw invalid('UNSET_INVALID', 'unset option must be "destroy" or "keep"')
  }
  if (commit !== 'before' && commit !== 'after') {
    throw invalid('COMMIT_OPTION_INVALID', 'commit option must be "before" or "after"')
  }
  if (Array.isArray(secret) && secret.length === 0) {
    throw invalid('SECRET_INVALID', 'secret option array must contain one or more secrets')
  }
  if (typeof cookie !== 'function') {
    checkCookieName(name, cookie)
    newCookie(cookie, true).serialize(name, '')
  }
  const store = storeOf(options)
  const isOurs = store instanceof ExpressSessionStore
  return {
    store,
    name,
    secrets: secret ? ((Array.isArray(secret) ? secret : [secret]) as readonly Secret[]) : undefined,
    cookieFor: typeof cookie === 'function' ? cookie : () => cookie,
    genid,
    proxy: options.proxy,
    rolling: options.rolling ?? false,
    resave: options.resave ?? !isOurs,
    saveUninitialized: options.saveUninitialized ?? !isOurs,
    unsetDestroys: unset === 'destroy',
    waits: commit === 'before',
    anomaly,
    sessions: sessionsOf(options),
  }
}

function sessionsOf({ sessions, store, tenant }: SessionOptions): (() => SessionManager) | undefined {
  if (sessions) return () => sessions
  if (!store || !('commit' in store)) return undefined
  let made: SessionManager | undefined
  return () => {
    made ??= new SessionManager({ store, ...(tenant === undefined ? {} : { tenant }) })
    return made
  }
}

function storeOf(options: SessionOptions): Store {
  const { sessions, tenant, idle, absolute, touchAfter } = options
  const store = sessions?.store ?? options.store
  if (store && 'commit' in store) {
    return new ExpressSessionStore({ store, tenant: sessions?.tenant ?? tenant, idle, absolute, touchAfter })
  }
  const ours = { tenant, idle, absolute, touchAfter, anomaly: options.anomaly }
  for (const [name, value] of Object.entries(ours)) {
    if (value === undefined) continue
    if (name === 'anomaly' && store instanceof ExpressSessionStore) continue
    throw invalid('OPTION_UNSUPPORTED', `Give session() a store of Everthread itself for the option ${name}`)
  }
  return store ?? new MemoryStore()
}

function invalid(code: string, message: string): EverthreadError {
  return new EverthreadError(code, message)
}
