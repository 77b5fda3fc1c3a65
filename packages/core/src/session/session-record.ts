import type { SessionState } from '../checkpoint/session-state.ts'
import type { Partition } from '../contract/store.ts'
import type { Observation, Observed } from '../lifecycle/observation.ts'
import type { ObserveOptions } from '../lifecycle/observe.ts'
import type { SessionFacts } from './session-facts.ts'
import type { SessionLife } from './session-life.ts'

/** What is said of a session, and what becomes of it as a whole. */
export class SessionRecord {
  readonly id: string
  readonly #tenant: string
  readonly #facts: SessionFacts
  readonly #life: SessionLife

  constructor({ tenant, id }: Partition, facts: SessionFacts, life: SessionLife) {
    this.id = id
    this.#tenant = tenant
    this.#facts = facts
    this.#life = life
  }

  /** The outermost scope. */
  get tenant(): string {
    return this.#tenant
  }

  /** Whose it is; undefined: of nobody, or not known yet. */
  get userId(): string | undefined {
    return this.#facts.row?.userId
  }

  get agentId(): string | undefined {
    return this.#facts.row?.agentId
  }

  get kind(): string | undefined {
    return this.#facts.row?.kind
  }

  get channel(): string | undefined {
    return this.#facts.row?.channel
  }

  get deviceId(): string | undefined {
    return this.#facts.row?.deviceId
  }

  get title(): string | undefined {
    return this.#facts.row?.title
  }

  /** A copy. */
  get metadata(): Record<string, unknown> {
    return structuredClone(this.#facts.row?.metadata ?? {})
  }

  /** Template, agent configuration and the like; a copy. */
  get settings(): Record<string, unknown> {
    return structuredClone(this.#facts.row?.settings ?? {})
  }

  /** Where it is in its life, as of now. */
  get state(): SessionState {
    return this.#facts.state
  }

  /** Store time, ms since the epoch; 0 while nothing of the session is known. */
  get createdAt(): number {
    return this.#facts.row?.createdAt ?? 0
  }

  /** Store time, ms since the epoch; 0 while nothing of the session is known. */
  get lastActiveAt(): number {
    return this.#facts.row?.lastActiveAt ?? 0
  }

  /** Store time in ms at which it expires unless it is active before; undefined: not by itself. */
  get expiresAt(): number | undefined {
    return this.#facts.expiresAt
  }

  /** Grows with every change of the session. */
  get revision(): number {
    return this.#facts.revision
  }

  /** Messages in the view, and checkpoints. */
  get counts(): { messages: number; checkpoints: number } {
    return { ...(this.#facts.row?.counts ?? { messages: 0, checkpoints: 0 }) }
  }

  /**
   * Brings the session into a state: `archived` and `expired` stand until it is restored, `active` and `idle` until
   * time or activity says otherwise.
   *
   * @throws `STATE_INVALID`, `SESSION_NOT_FOUND`, `SESSION_LIMIT`
   */
  setState(state: SessionState): Promise<void> {
    return this.#life.setState(state)
  }

  /**
   * Puts it away: it keeps all it holds, takes nothing in, and does not expire.
   *
   * @throws `SESSION_NOT_FOUND`
   */
  archive(): Promise<void> {
    return this.#life.setState('archived')
  }

  /**
   * Makes it active again, archived or expired.
   *
   * @throws `SESSION_NOT_FOUND`, `SESSION_LIMIT`
   */
  restore(): Promise<void> {
    return this.#life.setState('active')
  }

  /**
   * Puts off its expiry, as activity does; what others changed of it meanwhile is seen.
   *
   * @throws `SESSION_NOT_FOUND`, `SESSION_ARCHIVED`, `SESSION_EXPIRED`
   */
  refresh(): Promise<void> {
    return this.#life.refresh()
  }

  /** Deletes it with all it holds. Whether it was there. */
  delete(): Promise<boolean> {
    return this.#life.delete()
  }

  /**
   * Takes in where the session is used from. A sudden change is told as an `anomaly`, and the policy of the
   * `LifecycleManager` decides: what it does not allow is not taken for the user's, and `end` ends the session.
   *
   * @throws `OBSERVATION_INVALID`, `SESSION_NOT_FOUND`
   */
  observe(observation: Observation, options?: ObserveOptions): Promise<Observed> {
    return this.#life.observe(observation, options)
  }
}
