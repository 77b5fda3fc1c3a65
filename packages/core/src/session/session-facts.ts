import type { CheckpointEngine } from '../checkpoint/engine.ts'
import { isOf, type Owner } from '../checkpoint/session-change.ts'
import type { SessionRow } from '../checkpoint/session-row.ts'
import { expiresAtOf, type SessionState, stateOf } from '../checkpoint/session-state.ts'
import type { TurnSubject } from '../turn/gate.ts'

/** What is known of a session's row: what this process saw last of it, in whatever it read or wrote. */
export class SessionFacts {
  readonly owner: Owner | undefined
  readonly #engine: CheckpointEngine
  readonly #session: string
  #seen: { rev: number; row: SessionRow } | undefined

  /** `row` as it was when the session was opened; undefined when nobody has looked. */
  constructor(engine: CheckpointEngine, session: string, row: SessionRow | undefined) {
    this.#engine = engine
    this.#session = session
    this.owner = row && { userId: row.userId, createdAt: row.createdAt }
    this.#seen = engine.rows.known(session) ?? (row && { rev: 0, row })
  }

  /** Undefined while nothing is known. Never that of another session which was made under the same id. */
  get row(): SessionRow | undefined {
    return this.#newest()?.row
  }

  get revision(): number {
    return this.#newest()?.rev ?? 0
  }

  get state(): SessionState {
    const { row } = this
    return row ? stateOf(row, this.#engine.now()) : 'active'
  }

  get expiresAt(): number | undefined {
    const { row } = this
    return row && expiresAtOf(row)
  }

  /** What a scheduler knows its turns by; the store is asked when nobody has looked yet. */
  async subject(): Promise<TurnSubject> {
    const row = this.row ?? (await this.#engine.rows.get(this.#session))
    return { userId: row?.userId, agentId: row?.agentId, kind: row?.kind, messages: row?.counts.messages ?? 0 }
  }

  #newest(): { rev: number; row: SessionRow } | undefined {
    const known = this.#engine.rows.known(this.#session)
    if (known && (!this.owner || isOf(known.row, this.owner))) this.#seen = known
    return this.#seen
  }
}
