import { EverthreadError, type Session, SessionManager, type Store } from '@everthread/core'
import { refuseUnknown, wrongOptions } from '../known-options.ts'

export interface SessionSourceOptions {
  /** Where the session lives: a store, or the manager of its sessions. */
  store?: Store
  sessions?: SessionManager
  /** The outermost scope, beside `store`. Default `default`. */
  tenant?: string
  /** Names the session. The same as a graph's `thread_id`: then its history is that of the graph's messages. */
  sessionId: string
  /** Whose it is. Then the session of somebody else is not seen, and not written to. */
  userId?: string
}

const KNOWN = ['store', 'sessions', 'tenant', 'sessionId', 'userId']

/** One session by its id, as its user or as a service. */
export class SessionSource {
  readonly #sessions: SessionManager
  readonly #id: string
  readonly #userId: string | undefined

  /**
   * @param where - whose options they are
   * @param others - the options that it knows besides
   * @throws `STORE_MISSING`, `OPTIONS_INVALID`, `SESSION_ID_MISSING`
   */
  constructor(options: SessionSourceOptions, where: string, others: readonly string[] = []) {
    refuseUnknown(where, options, [...KNOWN, ...others])
    const { store, sessions, tenant, sessionId, userId } = options
    if (!sessions && !store) throw new EverthreadError('STORE_MISSING', 'Give a store, or a SessionManager as sessions')
    if (sessions && (store || tenant !== undefined)) {
      throw wrongOptions('Give either sessions, or store and tenant: sessions has its own')
    }
    if (sessions && typeof sessions.asService !== 'function') throw wrongOptions('Give sessions as a SessionManager')
    if (typeof sessionId !== 'string' || sessionId === '') {
      throw new EverthreadError('SESSION_ID_MISSING', 'Give sessionId: it names the session')
    }
    this.#sessions =
      sessions ?? new SessionManager({ store: store as Store, ...(tenant === undefined ? {} : { tenant }) })
    this.#id = sessionId
    this.#userId = userId
  }

  /** Undefined when there is none, or it is somebody else's. */
  async find(): Promise<Session | undefined> {
    if (this.#userId === undefined) return this.#sessions.asService('langchain').open(this.#id)
    return this.#sessions.as({ userId: this.#userId }).get(this.#id)
  }

  /**
   * The session, made if there is none. It does not expire by itself, as the id is not ours.
   *
   * @throws `SESSION_EXISTS` when it is somebody else's
   */
  async get(): Promise<Session> {
    if (this.#userId === undefined) return this.#sessions.asService('langchain').open(this.#id)
    const { session } = await this.#sessions.as({ userId: this.#userId }).getOrCreate(this.#id, { expiry: false })
    return session
  }
}
