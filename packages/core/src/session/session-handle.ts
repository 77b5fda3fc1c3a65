import type { SessionRow } from '../checkpoint/session-row.ts'
import { isLive } from '../checkpoint/session-state.ts'
import { EverthreadError } from '../errors.ts'
import { type ImportOptions, importSession } from '../export/place-import.ts'
import type { DocumentSource } from '../export/read-document.ts'
import type { SessionScope } from '../keys/scope.ts'
import { createMany } from './create-many.ts'
import { inParallel } from './in-parallel.ts'
import type { Session } from './session.ts'
import { type CreateSession, checkName } from './session-fields.ts'
import {
  type AnalyticsQuery,
  analyticsOf,
  type SessionAnalytics,
  type SessionStats,
  statsOf,
} from './session-figures.ts'
import { checkSessionId } from './session-id.ts'
import {
  checkFilter,
  checkList,
  countRows,
  eachRow,
  type FoundSession,
  inPages,
  type ListSessions,
  listRows,
  type SessionFilter,
} from './session-list.ts'
import { type PlannedSession, planSession, planSessionAt } from './session-plan.ts'
import { isTaken, maySee, type Principal, type SessionService } from './session-service.ts'

export interface SessionPage {
  sessions: Session[]
  /** Present when there may be more. */
  cursor?: string
}

/** Whose session to take up, and what a new one is made of. */
export type RestoreLatest = Omit<CreateSession, 'id'> & { agentId: string }

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
   * The session with this id, or of this scope, restored if it was archived or had expired, or a new one.
   *
   * @throws `SESSION_EXISTS` when it is somebody else's, `SCOPE_INVALID`, and as {@link create}
   */
  async getOrCreate(
    idOrScope: string | SessionScope,
    init: Omit<CreateSession, 'id'> = {},
  ): Promise<{ session: Session; created: boolean }> {
    const plan = planSessionAt(idOrScope, init, this.#service, this.#principal)
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
        if (!isTaken(error)) throw error
        // Somebody was first: another process, or a call of this one that has not landed yet.
        const { row: other } = await this.#service.engine.rows.look(plan.id)
        if (other && !maySee(other, this.#principal)) throw error
      }
    }
  }

  /**
   * Makes the session that a `json` or `jsonl` export is of, as it was. A user's handle makes it that user's.
   *
   * @throws `EXPORT_INVALID`, `SESSION_EXISTS`, `SESSION_LIMIT`, `ID_INVALID`
   */
  async import(source: DocumentSource, options: ImportOptions = {}): Promise<Session> {
    const { id, row } = await importSession(this.#service, this.#principal, source, options)
    return this.#open(id, row)
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
    const sessions = found.map(({ id, row }) => this.#open(id, row, true))
    return { sessions, ...(cursor === undefined ? {} : { cursor }) }
  }

  /**
   * Of all, of a user or of an agent: from an index alone. With more to it, it reads the sessions.
   *
   * @throws `QUERY_INVALID`
   */
  async count(filter: SessionFilter = {}): Promise<number> {
    const own = await this.#own(checkFilter(filter))
    return own ? countRows(this.#service.engine, own) : 0
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

  /**
   * All or none: when one cannot be made, those that were are deleted again.
   *
   * @throws as {@link create}
   */
  async createMany(inits: CreateSession[]): Promise<Session[]> {
    const made = await createMany(this.#service, this.#principal, inits)
    return made.map(({ id, row }) => this.#open(id, row, true))
  }

  /** Deletes all sessions of a user; a user's handle only its own. How many. */
  async deleteByUser(userId: string): Promise<number> {
    return this.#deleteAll({ userId: checkName(userId, 'userId') })
  }

  /** Deletes all sessions of an agent; a user's handle only that user's. How many. */
  async deleteByAgent(agentId: string): Promise<number> {
    return this.#deleteAll({ agentId: checkName(agentId, 'agentId') })
  }

  /**
   * The session of a user and an agent that was active last, of those that are active or idle; or a new one, made of
   * what else is given. A service that names no user means sessions of nobody.
   *
   * @throws as {@link create}
   */
  async restoreLatest(init: RestoreLatest): Promise<{ session: Session; created: boolean }> {
    const { id, fields } = this.#plan(init)
    const agentId = checkName(fields.agentId, 'agentId')
    const { engine } = this.#service
    const filter = { agentId, ...(fields.userId === undefined ? {} : { userId: fields.userId }) }
    let latest: FoundSession | undefined
    for await (const found of eachRow(engine, filter)) {
      if (found.row.userId !== fields.userId || !isLive(found.row, engine.now())) continue
      if (!latest || found.row.lastActiveAt > latest.row.lastActiveAt) latest = found
    }
    if (latest) return { session: this.#open(latest.id, latest.row), created: false }
    return { session: this.#open(id, await this.#service.create(id, fields, this.#principal)), created: true }
  }

  /** Of the tenant's sessions, or of the user's. Reads them all. */
  stats(): Promise<SessionStats> {
    return statsOf(this.#service.engine, this.#mine())
  }

  /**
   * How many sessions were made when, or by whom, how long they last and how much is said in them. Of the tenant, or of
   * the user. Reads all that it is about.
   *
   * @throws `QUERY_INVALID`
   */
  analytics(query: AnalyticsQuery = {}): Promise<SessionAnalytics> {
    return analyticsOf(this.#service.engine, this.#mine(), query)
  }

  async #deleteAll(filter: SessionFilter): Promise<number> {
    const own = await this.#own(filter)
    let count = 0
    if (!own) return count
    for await (const found of inPages(eachRow(this.#service.engine, own))) {
      const deleted = await inParallel(found, ({ id, row }) => this.#service.remove(id, this.#principal, row))
      count += deleted.filter(Boolean).length
    }
    return count
  }

  #mine(): SessionFilter {
    const { userId } = this.#principal
    return userId === undefined ? {} : { userId }
  }

  /** The filter as far as it is the principal's to ask; undefined when it asks for another user's. */
  async #own<T extends SessionFilter>(filter: T): Promise<T | undefined> {
    const { userId } = this.#principal
    if (userId === undefined) return filter
    if (filter.userId === undefined || filter.userId === userId) return { ...filter, userId }
    await this.#service.denied(this.#principal, 'SESSION_NOT_YOURS', { userId: filter.userId })
    return undefined
  }

  #plan(init: unknown): PlannedSession {
    return planSession(init, this.#service, this.#principal)
  }

  #open(id: string, row: SessionRow, oneOfMany = false): Session {
    return this.#service.open(id, row, this.#principal, oneOfMany)
  }
}
