import { EverthreadError, type Store as EverthreadStore } from '@everthread/core'
import type { Session } from '../request/session.ts'
import type { SessionRequest } from '../request/session-request.ts'
import { Keeper, keepBehind } from '../web/keeper.ts'
import { hashOf } from '../web/layout.ts'
import { Lifetime, type LifetimeOptions } from '../web/lifetime.ts'
import { WebSessions } from '../web/web-sessions.ts'
import { type Callback, Store, type StoredSession } from './store.ts'

export interface ExpressSessionStoreOptions extends LifetimeOptions {
  store: EverthreadStore
  /** Default `default`. */
  tenant?: string | undefined
}

/**
 * Everthread's stores as a store of express-session, for SQLite, Redis (by ioredis) and Postgres.
 *
 * ```ts
 * app.use(expressSession({ store: new ExpressSessionStore({ store: redisStore(url) }), secret, resave: false,
 *   saveUninitialized: false }))
 * ```
 *
 * A session that was loaded is written key by key, so concurrent requests keep each other's keys, and one that was
 * destroyed meanwhile stays dead: that is told by the event `discarded`, with the hash of the session's id.
 */
export class ExpressSessionStore extends Store {
  readonly #keeper: Keeper

  /** @throws `STORE_MISSING`, `LIFETIME_INVALID` */
  constructor(options: ExpressSessionStoreOptions) {
    super()
    const { store, tenant = 'default' } = options ?? {}
    if (!store) {
      throw new EverthreadError(
        'STORE_MISSING',
        'Give it a store: new ExpressSessionStore({ store: sqliteStore(file) })',
      )
    }
    this.#keeper = new Keeper(new WebSessions(store, tenant, new Lifetime(options)))
    keepBehind(this, this.#keeper)
  }

  override get(id: string, callback: Callback<StoredSession | null>): void {
    answer(
      this.#keeper.load(id).then((stored) => stored ?? null),
      callback,
    )
  }

  override createSession(req: SessionRequest, stored: StoredSession): Session {
    const session = super.createSession(req, stored)
    this.#keeper.bind(stored, session)
    return session
  }

  override set(id: string, session: StoredSession | Session, callback?: Callback): void {
    answer(this.#unlessGone(id, this.#keeper.save(id, session)), callback)
  }

  override touch(id: string, session: StoredSession | Session, callback?: Callback): void {
    answer(this.#unlessGone(id, this.#keeper.touch(id, session)), callback)
  }

  override destroy(id: string, callback?: Callback): void {
    answer(this.#keeper.web.drop(id), callback)
  }

  /** Each with the hash of its id as `id`: the ids themselves are not stored. */
  override all(callback: Callback<StoredSession[]>): void {
    answer(this.#all(), callback)
  }

  override length(callback: Callback<number>): void {
    answer(
      this.#hashes().then((hashes) => hashes.length),
      callback,
    )
  }

  override clear(callback?: Callback): void {
    answer(this.#clear(), callback)
  }

  async #all(): Promise<StoredSession[]> {
    const found: StoredSession[] = []
    for (const hash of await this.#hashes()) {
      const stored = await this.#keeper.loadByHash(hash)
      if (stored) found.push({ ...stored, id: hash })
    }
    return found
  }

  async #clear(): Promise<void> {
    for (const hash of await this.#hashes()) await this.#keeper.web.dropByHash(hash)
  }

  async #hashes(): Promise<string[]> {
    const hashes: string[] = []
    for await (const hash of this.#keeper.web.all()) hashes.push(hash)
    return hashes
  }

  async #unlessGone(id: string, work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      if (!EverthreadError.isInstance(error) || error.code !== 'SESSION_GONE') throw error
      this.emit('discarded', hashOf(id))
    }
  }
}

/** Outside of the promise: what the callback throws is its own. */
function answer<T>(work: Promise<T>, callback: Callback<T> | undefined): void {
  work.then(
    (value) => callback && process.nextTick(callback, null, value),
    (error: unknown) => callback && process.nextTick(callback, error),
  )
}
