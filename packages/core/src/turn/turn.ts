import type { Fence } from '../checkpoint/fence.ts'
import { FIRST_STANDING, type Standing } from '../checkpoint/standing.ts'
import { copyPlain, isPlainJson } from '../codec/serialise-plain.ts'
import type { Op } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import type { NeutralMessage } from '../message/message.ts'
import { branchOff, upTo } from '../session/branch-off.ts'
import { mergeMessages } from '../session/history.ts'
import { type OwnMessage, ownMessage } from '../session/own-message.ts'
import type { SessionContent } from '../session/session-content.ts'
import type { Cost } from './cost.ts'
import type { TurnDesk } from './desk.ts'
import type { LeaseHolder } from './lease-holder.ts'
import { putRunning, type TurnRecord } from './record.ts'
import type { Recovered } from './recovery.ts'
import { encodeRow, eventKey, KEPT_MS } from './rows.ts'
import type { Spending } from './spending.ts'
import { type TurnData, TurnDataDraft } from './turn-data.ts'
import { TurnStream } from './turn-stream.ts'

/** One run of an agent over a session. What it does lands in steps; nothing of it is seen as finished before its end. */
export class Turn {
  readonly id: string
  /** Aborts when the turn has to end: its caller gave up, another turn takes its place, or its lease is lost. */
  readonly signal: AbortSignal
  /** What a turn left behind whose process died, if it was the one before. */
  readonly recovered: Recovered | undefined
  readonly data: TurnData
  /** What the callback of a budget that was over gave it to go on with, such as a cheaper model; undefined: all is as asked. */
  readonly degraded: unknown
  readonly #desk: TurnDesk
  readonly #holder: LeaseHolder
  readonly #content: SessionContent
  readonly #data: TurnDataDraft
  readonly #stream: TurnStream
  readonly #spending: Spending
  /** Others may go to another branch meanwhile: what the turn reads and writes stays on its own. */
  #standing: Standing
  #isLent = false
  /** Where the next step begins a branch: after the message with this id, or before all. */
  #branch: string | null | undefined
  #messages: OwnMessage[] = []
  #events: unknown[] = []
  #emitted = 0
  #record: TurnRecord
  #last: Promise<void> = Promise.resolve()

  constructor(given: {
    desk: TurnDesk
    holder: LeaseHolder
    content: SessionContent
    record: TurnRecord
    recovered: Recovered | undefined
    signal: AbortSignal
    spending: Spending
    degraded: unknown
  }) {
    this.#desk = given.desk
    this.#holder = given.holder
    this.#content = given.content
    this.#record = given.record
    this.id = given.record.id
    this.signal = given.signal
    this.recovered = given.recovered
    this.degraded = given.degraded
    this.#spending = given.spending
    this.#standing = given.record.standing ?? FIRST_STANDING
    this.#data = new TurnDataDraft(given.desk.data, this.id, () => this.#standing.data)
    this.#stream = new TurnStream(this.id, () => this.#flush())
    this.data = { get: (key) => this.#data.get(key), set: (key, value) => this.#data.set(key, value) }
  }

  /** What every commit of this turn is allowed by. */
  get fence(): Fence {
    return this.#holder
  }

  /** Its fence, for adapters that write by themselves: what they write is looked for from now on. */
  lend(): Fence {
    this.#isLent = true
    return this.#holder
  }

  /** Its own code went to another branch: it goes on there. */
  follow(standing: Standing): void {
    this.#standing = standing
  }

  /** Whether the turn may still write. */
  get isActive(): boolean {
    return this.#holder.isHeld
  }

  get record(): TurnRecord {
    return this.#record
  }

  /** The history, with what this turn has appended. */
  async messages(): Promise<NeutralMessage[]> {
    return structuredClone(await this.view()) as NeutralMessage[]
  }

  /** As {@link messages}, but the very objects, which nobody may change. */
  async view(): Promise<readonly NeutralMessage[]> {
    const messages = await this.#content.messagesOn(this.#standing.branch, { afresh: this.#isLent })
    return mergeMessages(
      this.#branch === undefined ? messages : upTo(messages, this.#branch),
      this.#messages.map(({ message }) => message),
    )
  }

  /**
   * With the next step, a branch becomes the one that is seen: it goes up to the message with this id, or begins anew
   * with null, and what the step appends comes behind. What was seen before stays on its own branch.
   *
   * @throws `FORK_POINT_NOT_FOUND`
   */
  async branch(from: string | null): Promise<void> {
    upTo(await this.#content.messagesOn(this.#standing.branch, { afresh: false }), from)
    this.#branch = from
  }

  /**
   * Adds messages, which land with the next step.
   *
   * @throws `MESSAGE_INVALID`
   */
  append(...messages: NeutralMessage[]): void {
    this.#messages.push(...messages.map((message) => ownMessage(message, this.#desk.engine.now())))
  }

  /**
   * Adds an event for those who follow the turn. It lands with the next step.
   *
   * @throws `EVENT_INVALID`
   */
  emit(event: unknown): void {
    if (!isPlainJson(event)) {
      throw new EverthreadError('EVENT_INVALID', 'Give events as plain JSON: dates and the like as strings')
    }
    this.#events.push(copyPlain(event))
  }

  /**
   * Sends pieces to those who follow the turn (`session.turns.follow`), while it runs: in their order, within 50 ms or
   * 16 KB, or with the next step. They are kept until 5 minutes after its end.
   *
   * @throws `STREAM_INVALID`
   */
  send(...pieces: unknown[]): void {
    this.#stream.add(pieces)
  }

  /**
   * Says what the turn has spent, such as the tokens of a call of its model; calls add up. It stands in the turn's
   * record, and budgets count it instead of what was reserved.
   *
   * @throws `COST_INVALID`, `TURN_OVER`
   */
  spent(cost: Cost): void {
    this.#spending.add(cost)
  }

  /**
   * A step: commits what has been appended, set and emitted since the last, all or nothing.
   *
   * @throws `FENCED` when the session is no longer this turn's
   */
  checkpoint(): Promise<void> {
    const step = this.#last.then(() => this.#commit((record) => [putRunning(record)]))
    this.#last = step.catch(() => undefined)
    return step
  }

  /** The last step: what is left to commit, with the rows that end the turn. */
  async finish(end: (record: TurnRecord) => Op[]): Promise<void> {
    await this.#last
    await this.#commit(end, true)
    this.#stream.close()
  }

  /** Takes back what no step has committed. */
  discard(): void {
    this.#messages = []
    this.#branch = undefined
    this.#data.discard()
    this.#events = []
  }

  async #commit(rows: (record: TurnRecord) => Op[], last = false): Promise<void> {
    const messages = this.#messages
    const events = this.#events
    const branch = this.#branch
    const staged = messages.length + this.#data.size + (branch === undefined ? 0 : 1)
    const data = this.#data.take()
    this.discard()
    if (staged + events.length === 0 && !last) return
    const steps = staged + events.length > 0 ? this.#record.steps + 1 : this.#record.steps
    const sent = this.#stream.count
    const record = { ...this.#record, steps, ...(last && sent > 0 && { streamed: sent }) }
    const stream = last ? this.#stream.end() : this.#stream.take()
    const ops = [
      ...stream.ops,
      ...(await data),
      ...events.map((event, i) => ({
        put: eventKey(this.id, this.#emitted + i),
        value: encodeRow(event),
        ttlMs: KEPT_MS,
      })),
      ...rows(record),
    ]
    this.#emitted += events.length
    const { branch: own } = this.#standing
    const fence = this.#holder
    if (branch !== undefined) {
      const follow = (standing: Standing): void => this.follow(standing)
      await branchOff(this.#desk, { from: branch, messages, fence, ops, follow })
    } else if (messages.length > 0) await this.#content.append(messages, { fence, ops, branch: own })
    else await this.#desk.engine.commit(this.#desk.partition.id, ops, fence)
    stream.landed()
    this.#record = record
  }

  /** In line with the steps, so that no row overtakes another. What fails goes with the next, or with the turn. */
  async #flush(): Promise<void> {
    const flushed = this.#last.then(async () => {
      const { ops, landed } = this.#stream.take()
      if (ops.length === 0 || !this.isActive) return
      await this.#desk.engine.commit(this.#desk.partition.id, ops, this.#holder)
      landed()
    })
    this.#last = flushed.catch(() => undefined)
    await this.#last
  }
}
