import type { Owner } from '../checkpoint/session-change.ts'
import type { SessionState } from '../checkpoint/session-state.ts'
import { EverthreadError } from '../errors.ts'
import type { Observation, Observed } from '../lifecycle/observation.ts'
import { type ObserveOptions, observe } from '../lifecycle/observe.ts'
import { ruleOf } from '../reset/due-reset.ts'
import type { ResetRule } from '../reset/reset-policy.ts'
import { checkTitles, generateTitle, type TitleModel } from '../title/generate-title.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { resetIfDue } from './reset-if-due.ts'
import type { SessionCompaction } from './session-compaction.ts'
import type { Principal, SessionService } from './session-service.ts'
import type { ViewChanges } from './view-changes.ts'

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

  generateTitle(desk: TurnDesk, model: TitleModel | undefined): Promise<string | undefined> {
    const { titles } = this.#service.rules
    const place = { service: this.#service, desk, by: this.#by, owner: this.#owner }
    return generateTitle(place, model === undefined ? titles : { ...titles, ...checkTitles(model) })
  }

  /** When the session begins anew by itself. */
  get resetPolicy(): ResetRule {
    const row = this.#service.engine.rows.known(this.#id)?.row
    if (!row?.managed) return 'off'
    return ruleOf(this.#service.rules.reset, { kind: row.kind, channel: row.channel, scoped: row.scoped === true })
  }

  /** After how many turns a checkpoint is saved. */
  get everyTurns(): number | undefined {
    return this.#service.rules.everyTurns
  }

  /** After a turn, while the next one goes on: a compaction that is due. An event tells what became of it. */
  compactAfterTurn(compaction: SessionCompaction): void {
    const { rules, background, engine } = this.#service
    const { compaction: options } = rules
    if (!options) return
    background.start(async () => {
      try {
        const receipt = await compaction.compactIfDue(options)
        const row = receipt && engine.rows.known(this.#id)?.row
        if (row) await this.#service.tell('compacted', this.#id, row, this.#by, { detail: { ...receipt } })
      } catch (cause) {
        const about = { sessionId: this.#id, code: 'COMPACTION_FAILED', cause }
        await this.#service.hub.emit({ type: 'error', by: this.#by.who, ...about })
      }
    })
  }

  /** What a message that comes brings about before it counts: a reset that is due. */
  async beforeMessage(desk: TurnDesk, changes: ViewChanges, inTurn: boolean): Promise<void> {
    const { engine, rules } = this.#service
    const known = engine.rows.known(this.#id)?.row
    const due = await resetIfDue(desk, changes, { known, policy: rules.reset, inTurn })
    const row = due && engine.rows.known(this.#id)?.row
    if (due && row) await this.#service.tell('reset', this.#id, row, this.#by, { detail: { ...due } })
  }

  observe(given: Observation, options?: ObserveOptions): Promise<Observed> {
    return observe(this.#service, { id: this.#id, owner: this.#owner, by: this.#by }, given, options)
  }
}
