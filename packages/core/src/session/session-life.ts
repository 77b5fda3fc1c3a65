import type { Owner } from '../checkpoint/session-change.ts'
import type { SessionState } from '../checkpoint/session-state.ts'
import { EverthreadError } from '../errors.ts'
import type { Observation, Observed } from '../lifecycle/observation.ts'
import { type ObserveOptions, observe } from '../lifecycle/observe.ts'
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

  /**
   * For what is neither content nor row, and so not looked at by what reads and writes those.
   *
   * @throws `SESSION_NOT_FOUND`
   */
  async assertThere(): Promise<void> {
    if (this.#owner) await this.#service.engine.rows.current(this.#id, this.#owner)
  }

  async setState(state: SessionState): Promise<void> {
    if (!STATES.includes(state)) {
      throw new EverthreadError('STATE_INVALID', `Give the state as one of ${STATES.join(', ')}`)
    }
    await this.#service.move(this.#id, state, this.#by, this.#owner)
  }

  async refresh(): Promise<void> {
    await this.#service.engine.rows.update(this.#id, (row) => row, { owner: this.#owner })
  }

  delete(): Promise<boolean> {
    return this.#service.remove(this.#id, this.#by, this.#owner)
  }

  observe(given: Observation, options?: ObserveOptions): Promise<Observed> {
    return observe(this.#service, { id: this.#id, owner: this.#owner, by: this.#by }, given, options)
  }
}
