import type { CheckpointEngine } from '../checkpoint/engine.ts'
import { isOf, type Owner } from '../checkpoint/session-change.ts'
import type { SessionExpiry, SessionRow } from '../checkpoint/session-row.ts'
import { type SessionState, stateOf } from '../checkpoint/session-state.ts'
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
}

/** Lets a session in, or not, before it is made or restored. */
export interface Gate {
  enter(id: string, row: Pick<SessionRow, 'userId'>, by: Principal): Promise<void>
}

export interface SessionServiceOptions {
  engine: CheckpointEngine
  tenant: string
  hub: EventHub
  /** Of sessions that say nothing else. */
  expiry: SessionExpiry
  rules: SessionRules
  newId(): string
  open(id: string, row: SessionRow | undefined, by: Principal): Session
}

/** What happens to the sessions of a tenant as wholes, whoever asks: each change with its event. */
export class SessionService {
  readonly engine: CheckpointEngine
  readonly tenant: string
  readonly hub: EventHub
  readonly expiry: SessionExpiry
  readonly rules: SessionRules
  readonly newId: () => string
  readonly open: SessionServiceOptions['open']
  gate: Gate | undefined

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
  async create(id: string, fields: Fields, by: Principal): Promise<SessionRow> {
    await this.gate?.enter(id, fields, by)
    const row = await this.engine.rows.create(id, { ...fields, managed: true })
    await this.tell('created', id, row, by)
    return row
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
    if (row) await this.tell('deleted', id, row, by)
    return row !== undefined
  }

  /**
   * Moves a session into a state. What is there already is not moved, and no event tells of it.
   *
   * @throws `SESSION_NOT_FOUND`, `SESSION_LIMIT`
   */
  async move(id: string, to: SessionState, by: Principal, owner?: Owner): Promise<SessionRow> {
    let from: SessionRow | undefined
    if (to === 'active' || to === 'idle') await this.#enterAgain(id, by)
    const moved = await this.engine.rows.update(
      id,
      (before, now) => {
        from = before
        return movedTo(to, before, now)
      },
      { owner, active: false },
    )
    if (from && from !== moved) await this.tell(EVENTS[to], id, moved, by)
    return moved
  }

  /** The session as it is, or restored when it was archived or had expired. */
  async revive(id: string, row: SessionRow, by: Principal, owner: Owner): Promise<SessionRow> {
    const state = stateOf(row, this.engine.now())
    return state === 'archived' || state === 'expired' ? this.move(id, 'active', by, owner) : row
  }

  /** A session that counts again has to find a place among those that do. */
  async #enterAgain(id: string, by: Principal): Promise<void> {
    if (!this.gate) return
    const row = await this.engine.rows.get(id)
    if (row && (row.archivedAt !== undefined || row.endedAt !== undefined)) await this.gate.enter(id, row, by)
  }

  tell(
    type: SessionEventType,
    id: string,
    row: SessionRow,
    by: Pick<Principal, 'who'>,
    beside: Partial<SessionEvent> = {},
  ): Promise<void> {
    return this.hub.emit({ type, ...subjectOf(id, row), by: by.who, ...beside })
  }

  denied(by: Principal, code: string, about: Partial<SessionEvent>): Promise<void> {
    return this.hub.emit({ type: 'denied', code, by: by.who, ...about })
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

export const maySee = ({ userId }: SessionRow, by: Principal): boolean =>
  by.userId === undefined || by.userId === userId
