import { inspect } from 'node:util'
import { type Session as Chat, EverthreadError } from '@everthread/core'
import type { Cookie } from '../cookie/cookie.ts'
import type { Callback } from '../express-store/store.ts'
import type { Update } from '../web/update.ts'
import { type Chats, chatOf, chatsOf } from './chats.ts'
import { HELD, type Held } from './held.ts'
import { type LoginOptions, type Logins, loginsOf } from './logins.ts'
import type { SessionData } from './session-data.ts'
import type { SessionRequest } from './session-request.ts'
import type { Visit } from './visit.ts'
import { visitOf } from './visit-of.ts'

/**
 * `req.session`: your data as its properties, and what can be done with it. What express-session has takes a callback
 * or, without one, gives a promise.
 */
export class Session {
  declare cookie: Cookie
  declare readonly id: string
  declare readonly req: SessionRequest

  constructor(req: SessionRequest, data?: object) {
    Object.defineProperty(this, 'req', { value: req })
    Object.defineProperty(this, 'id', { value: req.sessionID })
    Object.defineProperty(this, HELD, { value: {} satisfies Held })
    if (!data) return
    for (const [name, value] of Object.entries(data)) {
      if (name === 'cookie' || !(name in this)) Object.assign(this, { [name]: value })
    }
  }

  /** Starts the time of `cookie.maxAge` again. */
  touch(): this {
    return this.resetMaxAge()
  }

  resetMaxAge(): this {
    this.cookie.maxAge = this.cookie.originalMaxAge
    return this
  }

  /**
   * Writes what has changed now, and not only when the answer ends.
   *
   * @throws `SESSION_GONE` when it was destroyed meanwhile, and what the store throws
   */
  save(): Promise<void>
  save(callback: Callback): this
  save(callback?: Callback): Promise<void> | this {
    return this.#answer((visit) => visit.save(this), callback)
  }

  /**
   * Puts what the store holds into a new `req.session` of the same id.
   *
   * @throws `SESSION_GONE`
   */
  reload(): Promise<void>
  reload(callback: Callback): this
  reload(callback?: Callback): Promise<void> | this {
    return this.#answer((visit) => visit.reload(this), callback)
  }

  /** Destroys this session and gives the request a new one, of another id; with `keep`, with the same data. */
  regenerate(options?: { keep?: boolean }): Promise<void>
  regenerate(callback: Callback): this
  regenerate(given?: { keep?: boolean } | Callback): Promise<void> | this {
    if (typeof given === 'function') return this.#answer((visit) => visit.regenerate(), given)
    return this.#answer((visit) => visit.regenerate(given?.keep ? this : undefined))
  }

  /** Removes the session from the store and from the request. It stays dead, whoever still works with it. */
  destroy(): Promise<void>
  destroy(callback: Callback): this
  destroy(callback?: Callback): Promise<void> | this {
    return this.#answer((visit) => visit.destroy(this), callback)
  }

  /**
   * Reads, changes and writes in one atomic step, whoever else writes: `draft` is the data as the store has it, with
   * what this request has changed. `change` must not wait, and runs again when another writer was faster; then this
   * session is brought up to date.
   *
   * @throws `SESSION_GONE`, `UPDATE_ASYNC`, `STORE_UNSUPPORTED` on a store that is not of Everthread, and what `change`
   * throws
   */
  update(change: Update<Partial<SessionData>>): Promise<void> {
    return this.#promise((visit) => visit.update(this, change as Update))
  }

  /**
   * Logs a user in: a new id, so that nobody who knew the old one comes along; the data stays unless `keep` is false.
   *
   * @throws `USER_INVALID`, `HEADERS_SENT`, `STORE_UNSUPPORTED`
   */
  login(userId: string, options: LoginOptions = {}): Promise<void> {
    return this.#promise((visit) => visit.login(this, userId, options))
  }

  /** Ends this session; the request goes on with a new one that knows nothing. */
  logout(): Promise<void> {
    return this.#promise((visit) => visit.regenerate())
  }

  /** Who is logged in, and where else: `userId`, `list()`, `revoke(id)`, `revokeOthers()`, `revokeAll()`. */
  get logins(): Logins {
    return loginsOf(this)
  }

  /**
   * A chat of the caller's own, with its messages, turns and branches: the one of this id, made when it is missing;
   * without an id, a new one, whose id is told on it. A guest's chats stay theirs when they log in.
   *
   * @throws `SESSION_EXISTS` when it is somebody else's, `ID_INVALID`, `HEADERS_SENT`, `STORE_UNSUPPORTED`
   */
  chat(id?: string): Promise<Chat> {
    return visitOf(this.req).during(() => chatOf(this, id))
  }

  /** The caller's chats: `list()`, `get(id)`. */
  get chats(): Chats {
    return chatsOf(this)
  }

  #answer(work: (visit: Visit) => Promise<void>, callback?: Callback): Promise<void> | this {
    const visit = visitOf(this.req)
    const done = visit.during(() => work(visit))
    if (!callback) {
      // Code for express-session may wait for nothing: then a failure must not end the process, but be told.
      done.catch((error: unknown) => visit.report(error))
      return done
    }
    done.then(
      () => process.nextTick(callback),
      (error: unknown) => process.nextTick(callback, error),
    )
    return this
  }

  #promise(work: (visit: Visit) => Promise<void>): Promise<void> {
    const visit = visitOf(this.req)
    return visit.during(() => work(visit))
  }
}

/** Shows values where there would be getters: data is decoded when it is looked at. */
Object.defineProperty(Session.prototype, inspect.custom, {
  configurable: true,
  value(this: Session): Session {
    Object.values(this)
    return this
  },
})

/** An assignment to it would take a session's methods away. */
Object.defineProperty(Session.prototype, '__proto__', {
  configurable: true,
  get(): unknown {
    return Object.getPrototypeOf(this)
  },
  set(): never {
    throw new EverthreadError('SESSION_KEY_RESERVED', 'Store it under another name: "__proto__" is a session\'s own')
  },
})
