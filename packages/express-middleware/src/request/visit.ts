import { randomUUID } from 'node:crypto'
import { EverthreadError, type SessionManager } from '@everthread/core'
import type { Cookie } from '../cookie/cookie.ts'
import type { Callback, Store, StoredSession } from '../express-store/store.ts'
import { type Keeper, keeperOf } from '../web/keeper.ts'
import type { Update } from '../web/update.ts'
import { type Changes, changesFor, type Look } from './changes.ts'
import { type LoginOptions, loginAt } from './logins.ts'
import { Session } from './session.ts'
import { type SessionRequest, VISIT } from './session-request.ts'

export interface VisitOptions {
  resave: boolean
  /** An id for a new session, and its cookie. */
  newId(req: SessionRequest): string | Promise<string>
  newCookie(req: SessionRequest): Cookie
  report(error: unknown): void
  /** Whether a cookie can still be set. */
  canSetCookie(): boolean
  /** Where its chats are. */
  sessions?: (() => SessionManager) | undefined
}

/** One request's dealings with its session. */
export class Visit {
  readonly req: SessionRequest
  readonly store: Store
  readonly changes: Changes
  /** The id that the request first had. */
  originalId: string | undefined
  readonly #options: VisitOptions
  #underWay: Promise<unknown> | undefined

  constructor(req: SessionRequest, store: Store, options: VisitOptions) {
    this.req = req
    this.store = store
    this.changes = changesFor(store, options.resave)
    this.#options = options
    req[VISIT] = this
  }

  /** The request gets a session: the one it names, if the store has it, else a new one. Undefined: it has it now. */
  begin(id: string | undefined): Promise<void> | undefined {
    this.req.sessionID = id
    if (id !== undefined) return this.#loadOrGenerate(id)
    const fresh = this.#options.newId(this.req)
    if (typeof fresh !== 'string') return fresh.then((made) => this.#start(this.take(made)))
    return this.#start(this.take(fresh))
  }

  async generate(): Promise<Session> {
    return this.take(await this.#options.newId(this.req))
  }

  /** A new session of this id. */
  take(id: string): Session {
    this.req.sessionID = id
    const session = new Session(this.req)
    session.cookie = this.#options.newCookie(this.req)
    this.req.session = session
    this.changes.got(session, 'nowhere')
    return session
  }

  async save(session: Session, look: Look = this.changes.look(session)): Promise<void> {
    const keeper = keeperOf(this.store)
    if (keeper) await keeper.save(session.id, session, {}, look.changed)
    else await told((done) => this.store.set(session.id, session, done))
    look.saved()
  }

  async touch(session: Session): Promise<void> {
    const keeper = keeperOf(this.store)
    if (keeper) await keeper.touch(session.id, session)
    else if (this.store.touch) await told((done) => this.store.touch?.(session.id, session, done))
  }

  async reload(session: Session): Promise<void> {
    const loaded = await this.#load(session.id)
    if (!loaded) throw new EverthreadError('SESSION_GONE', 'failed to load session')
    this.changes.got(loaded, 'store')
  }

  async destroy(session: Session): Promise<void> {
    delete this.req.session
    await this.remove(session.id)
  }

  async remove(id: string): Promise<void> {
    await told((done) => this.store.destroy(id, done))
  }

  /** @param data - where the new session takes its data from */
  async regenerate(data?: Session): Promise<void> {
    const id = this.req.sessionID
    if (id !== undefined) await this.remove(id)
    const session = await this.generate()
    if (data) copyData(data, session)
  }

  async update(session: Session, change: Update): Promise<void> {
    const look = this.changes.look(session)
    await this.keeper('update').update(session.id, session, change)
    look.saved()
  }

  async login(session: Session, userId: string, { keep = true }: LoginOptions): Promise<void> {
    const keeper = this.keeper('login')
    const login = loginAt(this.req, userId)
    if (!this.#options.canSetCookie()) {
      throw new EverthreadError('HEADERS_SENT', 'Log in before the answer begins: its cookie can no longer be set')
    }
    const fresh = await this.generate()
    if (keep) copyData(session, fresh)
    const look = this.changes.look(fresh)
    const { guest } = keeper.knownOf(session)?.meta ?? {}
    await keeper.save(fresh.id, fresh, { login, guest: keep ? guest : undefined })
    look.saved()
    await this.remove(session.id)
  }

  /** Makes a guest of whoever the session is of, and tells the guest's name. */
  async welcome(session: Session): Promise<string> {
    const look = this.changes.look(session)
    const name = await this.keeper('chat').welcome(session.id, session, `guest:${randomUUID()}`)
    look.saved()
    return name
  }

  /** @throws `STORE_UNSUPPORTED` */
  sessions(): SessionManager {
    if (this.#options.sessions) return this.#options.sessions()
    throw new EverthreadError('STORE_UNSUPPORTED', 'Give session() a store of Everthread, or sessions, for its chats')
  }

  /** Whether its session is still in the store: it may have been ended from elsewhere. */
  async isAlive(): Promise<boolean> {
    const { sessionID } = this.req
    if (sessionID === undefined) return false
    return Boolean(await told<StoredSession | null>((done) => this.store.get(sessionID, done)))
  }

  canSetCookie(): boolean {
    return this.#options.canSetCookie()
  }

  /** @throws `STORE_UNSUPPORTED` */
  keeper(what: string): Keeper {
    const keeper = keeperOf(this.store)
    if (keeper) return keeper
    throw new EverthreadError('STORE_UNSUPPORTED', `Give session() a store of Everthread for req.session.${what}`)
  }

  report(error: unknown): void {
    this.#options.report(error)
  }

  /** The end of the answer waits for this. */
  during<T>(work: () => Promise<T>): Promise<T> {
    const running = work()
    const before = this.#underWay
    const settled: Promise<unknown> = Promise.allSettled([before, running]).then(() => {
      if (this.#underWay === settled) this.#underWay = undefined
    })
    this.#underWay = settled
    return running
  }

  /** Undefined when nothing is under way. */
  get underWay(): Promise<unknown> | undefined {
    return this.#underWay
  }

  async #loadOrGenerate(id: string): Promise<void> {
    const session = await this.#load(id)
    if (session) this.changes.got(session, 'store')
    this.#start(session ?? (await this.generate()))
  }

  #start(session: Session): undefined {
    this.originalId = session.id
  }

  async #load(id: string): Promise<Session | undefined> {
    const keeper = keeperOf(this.store)
    return keeper ? this.#open(id, keeper) : this.#loadStored(id)
  }

  async #open(id: string, keeper: Keeper): Promise<Session | undefined> {
    const session = new Session(this.req)
    if (!(await keeper.fill(id, session))) return undefined
    this.req.session = session
    return session
  }

  async #loadStored(id: string): Promise<Session | undefined> {
    try {
      const stored = await told<StoredSession | null>((done) => this.store.get(id, done))
      return stored ? this.store.createSession(this.req, stored) : undefined
    } catch (error) {
      // So a store of files says that there is none.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
  }
}

/** On a request of express-session, or with a session that a store has loaded by itself: all goes by the store. */
export class GuestVisit extends Visit {
  override async generate(): Promise<Session> {
    this.store.generate?.(this.req)
    if (this.req.session) return this.req.session
    throw new EverthreadError('SESSION_DETACHED', 'Use the session on a request: this one cannot get another id')
  }

  override async save(session: Session): Promise<void> {
    await told((done) => this.store.set(session.id, session, done))
  }
}

function told<T = void>(call: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => {
      if (error) reject(error)
      else resolve(value as T)
    })
  })
}

function copyData(from: Session, to: Session): void {
  for (const [name, value] of Object.entries(from)) {
    if (name !== 'cookie') Object.assign(to, { [name]: value })
  }
}
