import type { Owner } from '../checkpoint/session-change.ts'
import { type SessionState, stateOf } from '../checkpoint/session-state.ts'
import { EverthreadError } from '../errors.ts'
import type { Principal, SessionService } from './session-service.ts'

const STATES: readonly unknown[] = ['active', 'idle', 'archived', 'expired'] satisfies SessionState[]

/** What a session's own methods do to it as a whole. */
export class SessionLife {
  readonly #service: SessionService
  readonly #id: string
  readonly #by: Principal
  readonly #owner: Owner | undefined

  /** `owner` when the session was looked at: another one in its place is left alone. */
  constructor(service: SessionService, id: string, by: Principal, owner: Owner | undefined) {
    this.#service = service
    this.#id = id
    this.#by = by
    this.#owner = owner
  }

  async setState(state: SessionState): Promise<void> {
    if (!STATES.includes(state)) {
      throw new EverthreadError('STATE_INVALID', `Give the state as one of ${STATES.join(', ')}`)
    }
    await this.#service.move(this.#id, state, this.#by, this.#owner)
  }

  async refresh(): Promise<void> {
    const { engine } = this.#service
    let wasAway = false
    const row = await engine.rows.update(
      this.#id,
      (active, now) => {
        const before = engine.rows.known(this.#id)?.row ?? active
        wasAway = stateOf(before, now) !== 'active'
        return active
      },
      { owner: this.#owner },
    )
    if (wasAway) await this.#service.tell('resumed', this.#id, row, this.#by)
  }

  delete(): Promise<boolean> {
    return this.#service.remove(this.#id, this.#by, this.#owner)
  }
}
