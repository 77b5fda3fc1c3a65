import { randomUUID } from 'node:crypto'
import type { SessionRow } from '../checkpoint/session-row.ts'
import { EverthreadError } from '../errors.ts'
import type { Session } from './session.ts'

export interface CreateSession {
  /** Default: a new one. */
  id?: string
  metadata?: Record<string, unknown>
}

/** Who asks. A service has no user, and sees every session of the tenant. */
export interface Principal {
  userId: string | undefined
  who: string
}

/** What a handle needs of its manager. */
export interface Sessions {
  row(id: string): Promise<SessionRow | undefined>
  create(id: string, owner: Pick<SessionRow, 'userId' | 'metadata'>): Promise<void>
  open(id: string, owner: { who: string; userId: string | undefined }): Session
}

/** Sessions as one principal sees them. */
export class SessionHandle {
  readonly #sessions: Sessions
  readonly #principal: Principal

  constructor(sessions: Sessions, principal: Principal) {
    this.#sessions = sessions
    this.#principal = principal
  }

  /** @throws `SESSION_EXISTS`, also when it is somebody else's */
  async create({ id = randomUUID(), metadata }: CreateSession = {}): Promise<Session> {
    const { userId } = this.#principal
    await this.#sessions.create(id, { userId, metadata })
    return this.#open(id, userId)
  }

  /** Undefined both for what does not exist and for what is not yours. */
  async get(id: string): Promise<Session | undefined> {
    const row = await this.#sessions.row(id)
    if (!row || !this.#maySee(row)) return undefined
    return this.#open(id, row.userId)
  }

  /** @throws `SESSION_EXISTS` when it is somebody else's */
  async getOrCreate(id: string, options: Omit<CreateSession, 'id'> = {}): Promise<Session> {
    const found = await this.get(id)
    if (found) return found
    try {
      return await this.create({ ...options, id })
    } catch (error) {
      // Another process may have been first.
      const made = isTaken(error) ? await this.get(id) : undefined
      if (made) return made
      throw error
    }
  }

  #open(id: string, userId: string | undefined): Session {
    return this.#sessions.open(id, { who: this.#principal.who, userId })
  }

  #maySee({ userId }: SessionRow): boolean {
    return this.#principal.userId === undefined || this.#principal.userId === userId
  }
}

/** As a service: every session of the tenant, also those that are not made yet. */
export class ServiceHandle extends SessionHandle {
  readonly #sessions: Sessions
  readonly #who: string

  constructor(sessions: Sessions, who: string) {
    super(sessions, { userId: undefined, who })
    this.#sessions = sessions
    this.#who = who
  }

  /** A session by its id alone, without a look at the store: what is first written to it makes it. */
  open(id: string): Session {
    return this.#sessions.open(id, { who: this.#who, userId: undefined })
  }
}

const isTaken = (error: unknown): boolean => EverthreadError.isInstance(error) && error.code === 'SESSION_EXISTS'
