import { EverthreadError } from '../errors.ts'
import { knownOptions } from '../known-options.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { followTurn } from '../turn/follow-turn.ts'
import { joinTurn } from '../turn/join.ts'
import { checkTurnId, readRecord, recordOf, type TurnRecord } from '../turn/record.ts'
import { LEASE_KEY, RUNNING_KEY } from '../turn/rows.ts'
import { askToEnd } from '../turn/stop-watch.ts'

export interface FollowOptions {
  /** How many pieces are known already. Default 0. */
  after?: number
  signal?: AbortSignal
}

/** The turns of a session, as whoever is not in them sees them: in this process or in another. */
export class SessionTurns {
  readonly #desk: TurnDesk
  readonly #assertThere: () => Promise<void>

  constructor(desk: TurnDesk, assertThere: () => Promise<void>) {
    this.#desk = desk
    this.#assertThere = assertThere
  }

  /**
   * The turn under way. Undefined: there is none, or its process died.
   *
   * @throws `SESSION_NOT_FOUND`
   */
  async running(): Promise<TurnRecord | undefined> {
    await this.#assertThere()
    const { store, partition } = this.#desk
    const { rows } = await store.read(partition, [{ get: [RUNNING_KEY, LEASE_KEY] }])
    const row = rows[0]?.find(({ key }) => key === RUNNING_KEY)
    const record = row && readRecord(recordOf(row).id, rows[0] ?? [])
    return record?.state === 'running' ? record : undefined
  }

  /**
   * What a turn sends by `turn.send`, from its beginning or from a place on: each piece once, in order, until the turn is
   * over. It gives the turn's record, which says how it ended.
   *
   * @throws `ID_INVALID`, `FOLLOW_INVALID`, `SESSION_NOT_FOUND`, `TURN_STREAM_LOST` when something of it is gone: it is
   * kept until 5 minutes after the turn's end; the signal's reason
   */
  async *follow(id: string, options: FollowOptions = {}): AsyncGenerator<unknown, TurnRecord | undefined> {
    checkTurnId(id)
    checkFollow(options)
    await this.#assertThere()
    return yield* followTurn(this.#desk, id, { after: options.after ?? 0, signal: options.signal })
  }

  /**
   * Ends the turn under way, or the one with this id if it is: its signal aborts, it has 5 s to seal what it has, and
   * this resolves when it is over. Undefined: there was none.
   *
   * @throws `ID_INVALID`, `SESSION_NOT_FOUND`
   */
  async interrupt(id?: string): Promise<TurnRecord | undefined> {
    if (id !== undefined) checkTurnId(id)
    const running = await this.running()
    if (!running || (id !== undefined && running.id !== id)) return undefined
    await askToEnd(this.#desk, running.id)
    return (
      (await joinTurn(this.#desk, running.id, new AbortController().signal)) ?? { ...running, state: 'interrupted' }
    )
  }
}

/** @throws `FOLLOW_INVALID` */
function checkFollow(options: FollowOptions): void {
  const wrong = (message: string): EverthreadError => new EverthreadError('FOLLOW_INVALID', message)
  const { after = 0, signal } = knownOptions(options, ['after', 'signal'], 'FOLLOW_INVALID')
  if (!(Number.isSafeInteger(after) && after >= 0)) throw wrong('Give after as the number of pieces that are known')
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw wrong('Give signal as that of an AbortController')
  }
}
