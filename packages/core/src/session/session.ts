import type { NeutralMessage } from '../message/message.ts'
import { turnAround } from '../turn/active.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { type Lock, type LockOptions, takeLock } from '../turn/lock.ts'
import { readRecord, recordKeys, type TurnRecord } from '../turn/record.ts'
import { decodeRow, eventsPrefix } from '../turn/rows.ts'
import { runTurn, type TurnOptions } from '../turn/run-turn.ts'
import type { Turn } from '../turn/turn.ts'
import { type MessageLog, ownMessage } from './message-log.ts'

/** The session's history. */
export interface SessionMessages {
  list(): Promise<NeutralMessage[]>
  /**
   * Adds messages outside a turn, in their order. It does not wait for a running turn, and is seen by it or by the next.
   *
   * @throws `MESSAGE_INVALID`
   */
  append(...messages: NeutralMessage[]): Promise<void>
}

const EVENTS = 1_000

/** A durable conversation, as one principal sees it. */
export class Session {
  readonly id: string
  readonly userId: string | undefined
  readonly messages: SessionMessages
  readonly #desk: TurnDesk
  readonly #who: string

  constructor(desk: TurnDesk, log: MessageLog, { who, userId }: { who: string; userId: string | undefined }) {
    this.id = desk.partition.id
    this.userId = userId
    this.#desk = desk
    this.#who = who
    this.messages = {
      list: () => log.list(),
      append: async (...messages) => log.append(messages.map((message) => ownMessage(message, desk.engine.now()))),
    }
  }

  /** The outermost scope. */
  get tenant(): string {
    return this.#desk.partition.tenant
  }

  /**
   * Runs `work` as a turn: nobody else writes to the session meanwhile, in whichever process. What it gives is the
   * result, once the last step has landed.
   *
   * @throws `SESSION_BUSY`, `FENCED`, `TURN_INTERRUPTED`, `TURN_TIMEOUT`, `TURN_NESTED`, `TURN_OPTIONS_INVALID`, the
   * signal's reason, and what `work` throws
   */
  turn<T>(work: (turn: Turn) => Promise<T> | T, options: TurnOptions = {}): Promise<T> {
    return runTurn(this.#desk, this.#who, work, options)
  }

  /** The turn of this session that the calling code runs in. */
  get currentTurn(): Turn | undefined {
    return turnAround(this.#desk)
  }

  /** What is known of a turn; of those that are over for 7 days. */
  async turnRecord(id: string): Promise<TurnRecord | undefined> {
    const { store, partition } = this.#desk
    const { rows } = await store.read(partition, [{ get: recordKeys(id) }])
    return readRecord(id, rows[0] ?? [])
  }

  /** What a turn has emitted, in order; the first 1,000. */
  async turnEvents(id: string): Promise<unknown[]> {
    const { store, partition } = this.#desk
    const { rows } = await store.read(partition, [{ prefix: eventsPrefix(id), limit: EVENTS }])
    return (rows[0] ?? []).map(decodeRow)
  }

  /**
   * Keeps turns and other locks out, until it is released or its time is over.
   *
   * @throws `SESSION_BUSY`, `LOCK_INVALID`, the signal's reason
   */
  lock(options: LockOptions): Promise<Lock> {
    return takeLock(this.#desk, this.#who, options)
  }
}
