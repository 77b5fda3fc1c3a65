import type { SessionRow } from '../checkpoint/session-row.ts'
import { EverthreadError } from '../errors.ts'
import { inParallel } from './in-parallel.ts'
import type { Session } from './session.ts'
import { type CreateSession, checkFields, checkRecord, type Fields } from './session-fields.ts'
import { checkSessionId } from './session-id.ts'
import { checkFilter, checkList, eachRow, type ListSessions, listRows, type SessionFilter } from './session-list.ts'
import { maySee, type Principal, type SessionService } from './session-service.ts'

export interface SessionPage {
  sessions: Session[]
  /** Present when there may be more. */
  cursor?: string
}

/** Sessions as one principal sees them. */
export class SessionHandle {
  readonly #service: SessionService
  readonly #principal: Principal

  constructor(service: SessionService, principal: Principal) {
    this.#service = service
    this.#principal = principal
  }

  /**
   * @throws `SESSION_EXISTS`, also when it is somebody else's; `SESSION_LIMIT`, `SESSION_INVALID`, `METADATA_INVALID`,
   * `EXPIRY_INVALID`, `ID_INVALID`, `USER_INVALID`
   */
  async create(init: CreateSession = {}): Promise<Session> {
    const { id, fields } = this.#plan(init)
    return this.#open(id, await this.#service.create(id, fields, this.#principal))
  }

  /**
   * Undefined for what does not exist, was deleted, or is not yours, all alike; the manager's events tell them apart.
   *
   * @throws `ID_INVALID`
   */
  async get(id: string): Promise<Session | undefined> {
    const row = await this.#service.visible(checkSessionId(id), this.#principal)
    return row && this.#open(id, row)
  }

  /**
   * The session with this id, restored if it was archived or had expired, or a new one.
   *
   * @throws `SESSION_EXISTS` when it is somebody else's, and as {@link create}
   */
  async getOrCreate(id: string, init: Omit<CreateSession, 'id'> = {}): Promise<{ session: Session; created: boolean }> {
    const plan = this.#plan({ ...checkRecord(init, 'the session to make'), id })
    for (;;) {
      const { row } = await this.#service.engine.rows.look(plan.id)
      if (row && maySee(row, this.#principal)) {
        const owner = { userId: row.userId, createdAt: row.createdAt }
        const live = await this.#service.revive(plan.id, row, this.#principal, owner)
        return { session: this.#open(plan.id, live), created: false }
      }
      try {
        const made = await this.#service.create(plan.id, plan.fields, this.#principal)
        return { session: this.#open(plan.id, made), created: true }
      } catch (error) {
        // Another process may have been first.
        const { row: other } = isTaken(error) ? await this.#service.engine.rows.look(plan.id) : {}
        if (!other || !maySee(other, this.#principal)) throw error
      }
    }
  }

  /** Whether there is such a session, and it is yours. */
  async exists(id: string): Promise<boolean> {
    return (await this.#service.visible(checkSessionId(id), this.#principal)) !== undefined
  }

  /**
   * A page, newest first. A user's handle lists that user's alone.
   *
   * @throws `QUERY_INVALID`, `CURSOR_INVALID`
   */
  async list(query: ListSessions = {}): Promise<SessionPage> {
    const own = await this.#own(checkList(query))
    if (!own) return { sessions: [] }
    const { found, cursor } = await listRows(this.#service.engine, own)
    const sessions = found.map(({ id, row }) => this.#open(id, row))
    return { sessions, ...(cursor === undefined ? {} : { cursor }) }
  }

  /** @throws `QUERY_INVALID` */
  async count(filter: SessionFilter = {}): Promise<number> {
    const own = await this.#own(checkFilter(filter))
    let count = 0
    if (own) for await (const _ of eachRow(this.#service.engine, own)) count++
    return count
  }

  /** Deletes a session with all it holds. Whether it was there, and yours. */
  async delete(id: string): Promise<boolean> {
    const row = await this.#service.visible(checkSessionId(id), this.#principal)
    return row !== undefined && this.#service.remove(id, this.#principal)
  }

  /** The number of those deleted: of those that were there, and yours. */
  async deleteMany(ids: string[]): Promise<number> {
    if (!Array.isArray(ids)) throw new EverthreadError('ID_INVALID', 'Give the ids as a list')
    const checked = [...new Set(ids.map(checkSessionId))]
    const deleted = await inParallel(checked, (id) => this.delete(id))
    return deleted.filter(Boolean).length
  }

  /** The filter as far as it is the principal's to ask; undefined when it asks for another user's. */
  async #own<T extends SessionFilter>(filter: T): Promise<T | undefined> {
    const { userId } = this.#principal
    if (userId === undefined) return filter
    if (filter.userId === undefined || filter.userId === userId) return { ...filter, userId }
    await this.#service.denied(this.#principal, 'SESSION_NOT_YOURS', { userId: filter.userId })
    return undefined
  }

  #plan(init: unknown): { id: string; fields: Fields } {
    const { id = this.#service.newId() } = checkRecord(init, 'the session to make')
    const fields = checkFields(init, this.#service.expiry)
    const { userId } = this.#principal
    if (userId !== undefined && fields.userId !== undefined && fields.userId !== userId) {
      throw new EverthreadError('USER_INVALID', 'Leave out userId: the session is made for the user of the handle')
    }
    return { id: checkSessionId(id), fields: { ...fields, userId: userId ?? fields.userId } }
  }

  #open(id: string, row: SessionRow): Session {
    return this.#service.open(id, row, this.#principal)
  }
}

/** As a service: every session of the tenant, also those that are not made yet. */
export class ServiceHandle extends SessionHandle {
  readonly #service: SessionService
  readonly #principal: Principal

  constructor(service: SessionService, who: string) {
    const principal = { userId: undefined, who }
    super(service, principal)
    this.#service = service
    this.#principal = principal
  }

  /** A session by its id alone, without a look at the store: what is first written to it makes it. */
  open(id: string): Session {
    return this.#service.open(checkSessionId(id), undefined, this.#principal)
  }
}

const isTaken = (error: unknown): boolean => EverthreadError.isInstance(error) && error.code === 'SESSION_EXISTS'
