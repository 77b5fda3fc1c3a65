import type { CheckpointEngine } from '../checkpoint/engine.ts'
import { isOf, type Owner } from '../checkpoint/session-change.ts'
import type { SessionExpiry, SessionRow } from '../checkpoint/session-row.ts'
import { sessionExists } from '../checkpoint/session-rows.ts'
import { isLive, type SessionState, stateOf } from '../checkpoint/session-state.ts'
import { EverthreadError } from '../errors.ts'
import type { AnomalyOptions } from '../lifecycle/observe.ts'
import { BackgroundWork } from './background-work.ts'
import type { EventHub } from './event-hub.ts'
import type { Session } from './session.ts'
import { type SessionEvent, type SessionEventType, subjectOf } from './session-event.ts'
import type { Fields } from './session-fields.ts'
import { isOfOtherTenant } from './session-id.ts'
import { movedTo } from './session-moves.ts'
import type { SessionRules } from './session-rules.ts'

/** Who asks. A service has no user, and sees every session of the tenant. */
export interface Principal {
  userId: string | undefined
  /** What those hear who find a session busy, and what events say. */
  who: string
  /** For the events: nothing here depends on them. */
  roles?: readonly string[]
}

/** Lets a session in, or not, before it is made or restored. */
export interface Gate {
  /** Gives what takes it back, when the session is not made after all. */
  enter(id: string, row: Pick<SessionRow, 'userId'>): Promise<() => Promise<void>>
  /** The session is no longer active or idle. */
  leave(id: string, row: Pick<SessionRow, 'userId'>): Promise<void>
}

export interface SessionServiceOptions {
  engine: CheckpointEngine
  tenant: string
  hub: EventHub
  /** Of sessions that say nothing else. */
  expiry: SessionExpiry
  rules: SessionRules
  newId(): string
  /** `oneOfMany`: it is not likely to be the one that is worked with. */
  open(id: string, row: SessionRow | undefined, by: Principal, oneOfMany?: boolean): Session
}

/** What happens to the sessions of a tenant as wholes, whoever asks: each change with its event. */
export class SessionService {
  readonly engine: CheckpointEngine
  readonly tenant: string
  readonly hub: EventHub
  readonly background: BackgroundWork = new BackgroundWork()
  readonly expiry: SessionExpiry
  readonly rules: SessionRules
  readonly newId: () => string
  readonly open: SessionServiceOptions['open']
  gate: Gate | undefined
  /** What sudden changes of where sessions are used from are, and mean. */
  anomaly: AnomalyOptions = {}

  constructor({ engine, tenant, hub, expiry, rules, newId, open }: SessionServiceOptions) {
    this.engine = engine
    this.tenant = tenant
    this.hub = hub
    this.expiry = expiry
    this.rules = rules
    this.newId = newId
    this.open = open
  }

  /** @throws `SESSION_EXISTS`, `SESSION_LIMIT` */
  async create(
    id: string,
    fields: Fields,
    by: Principal,
    make: () => Promise<SessionRow> = () => this.engine.rows.create(id, { ...fields, managed: true }),
  ): Promise<SessionRow> {
    try {
      const row = await this.#inside(id, fields, make)
      await this.tell('created', id, row, by)
      return row
    } catch (error) {
      if (isTaken(error)) await this.#tellWhose(id, by)
      throw error
    }
  }

  /**
   * Found out before anything else is made that would have to be deleted again.
   *
   * @throws `SESSION_EXISTS`
   */
  async assertFree(id: string, by: Principal): Promise<void> {
    const { row } = await this.engine.rows.look(id)
    if (!row) return
    await this.#tellWhose(id, by)
    throw sessionExists()
  }

  async #tellWhose(id: string, by: Principal): Promise<void> {
    const row = await this.engine.rows.get(id)
    if (row && !maySee(row, by)) await this.denied(by, 'SESSION_NOT_YOURS', subjectOf(id, row))
  }

  /** The row of a session that the principal may see. Why it may not is for the events alone. */
  async visible(id: string, by: Principal): Promise<SessionRow | undefined> {
    const { row, gone } = await this.engine.rows.look(id)
    if (row && maySee(row, by)) return row
    const code = row ? 'SESSION_NOT_YOURS' : gone ? 'SESSION_DELETED' : this.#codeOfMissing(id)
    await this.denied(by, code, row ? subjectOf(id, row) : { sessionId: id })
    return undefined
  }

  /** Deletes the session if the principal may; whether it was there. */
  async remove(id: string, by: Principal, owner?: Owner): Promise<boolean> {
    const row = await this.engine.rows.bury(id, (found) => maySee(found, by) && (!owner || isOf(found, owner)))
    if (!row) return false
    await this.left('deleted', id, row)
    await this.tell('deleted', id, row, by)
    return true
  }

  /**
   * Moves a session into a state. What is there already is not moved, and no event tells of it.
   *
   * @throws `SESSION_NOT_FOUND`, `SESSION_LIMIT`
   */
  async move(id: string, to: SessionState, by: Principal, owner?: Owner): Promise<SessionRow> {
    let from: SessionRow | undefined
    const move = (): Promise<SessionRow> =>
      this.engine.rows.update(
        id,
        (before, now) => {
          from = before
          return movedTo(to, before, now)
        },
        { owner, active: false },
      )
    const lives = to === 'active' || to === 'idle'
    const now = lives && this.gate ? await this.engine.rows.get(id) : undefined
    const moved = now && !isLive(now, this.engine.now()) ? await this.#inside(id, now, move) : await move()
    if (!from || from === moved) return moved
    await this.left(EVENTS[to], id, moved)
    await this.tell(EVENTS[to], id, moved, by)
    return moved
  }

  /** Whether it was: one that is active, or waits for an answer, is not, nor one that no manager made. */
  async archiveIfIdle(id: string, by: Principal): Promise<boolean> {
    const change = await this.engine.rows.adjust(id, (row, now) =>
      isIdle(row, now) ? movedTo('archived', row, now) : row,
    )
    if (!change || !isIdle(change.before, this.engine.now())) return false
    await this.left('archived', id, change.before)
    await this.tell('archived', id, change.before, by)
    return true
  }

  /** The session as it is, or restored when it was archived or had expired. */
  async revive(id: string, row: SessionRow, by: Principal, owner: Owner): Promise<SessionRow> {
    return isLive(row, this.engine.now()) ? row : this.move(id, 'active', by, owner)
  }

  /** Gives back the place of a session that is no longer active or idle. */
  async left(type: SessionEventType, id: string, row: SessionRow): Promise<void> {
    if (type === 'archived' || type === 'expired' || type === 'deleted') await this.gate?.leave(id, row)
  }

  /** A session that is about to count finds a place among those that do, or is not let in. */
  async #inside<T>(id: string, row: Pick<SessionRow, 'userId'>, make: () => Promise<T>): Promise<T> {
    const leave = await this.gate?.enter(id, row)
    try {
      return await make()
    } catch (error) {
      await leave?.()
      throw error
    }
  }

  tell(
    type: SessionEventType,
    id: string,
    row: SessionRow,
    by: Pick<Principal, 'who' | 'roles'>,
    beside: Partial<SessionEvent> = {},
  ): Promise<void> {
    return this.hub.emit({ type, ...subjectOf(id, row), ...actorOf(by), ...beside })
  }

  denied(by: Principal, code: string, about: Partial<SessionEvent>): Promise<void> {
    return this.hub.emit({ type: 'denied', code, ...actorOf(by), ...about })
  }

  #codeOfMissing(id: string): string {
    return isOfOtherTenant(id, this.tenant) ? 'SESSION_OF_OTHER_TENANT' : 'SESSION_NOT_FOUND'
  }
}

const EVENTS: Record<SessionState, SessionEventType> = {
  active: 'resumed',
  idle: 'idle',
  archived: 'archived',
  expired: 'expired',
}

/** Nothing goes on in it, and it is the manager's to put away. */
export const isIdle = (row: SessionRow, now: number): boolean =>
  row.managed === true && row.waiting === undefined && stateOf(row, now) === 'idle'

export const maySee = ({ userId }: SessionRow, by: Principal): boolean =>
  by.userId === undefined || by.userId === userId

export const isTaken = (error: unknown): boolean => EverthreadError.isInstance(error) && error.code === 'SESSION_EXISTS'

const actorOf = ({ who, roles }: Pick<Principal, 'who' | 'roles'>): Pick<SessionEvent, 'by' | 'roles'> => ({
  by: who,
  ...(roles ? { roles } : {}),
})
