import { AsyncLocalStorage } from 'node:async_hooks'
import { type Cost, EverthreadError } from '@everthread/core'
import { type StepLike, stepsOf } from '../context/prune-step.ts'
import type { ContextMessage } from '../messages/context-message.ts'
import type { ModelMessageLike } from '../messages/model-message.ts'
import type { Outcome } from './answer.ts'
import type { Answering } from './answering.ts'
import type { ChatSettings } from './chat-options.ts'
import { type Client, type Connection, type NodeResponse, nodeClient, webClient } from './client.ts'
import type { LentMessages } from './lent-messages.ts'
import { endOf } from './replay.ts'
import type { GivenAnswer, StreamOptions } from './source.ts'

/** One request of a chat: it has the session to itself until its answer has ended. */
export class ChatTurn {
  /** The chat's id. */
  readonly id: string
  /** The request was answered before, or is being: `pipe` and `response` give that answer, and nothing is stored. */
  readonly repeated: boolean
  /** Aborts when the answer has to end: for `abortSignal`. Of a repeat, at once. */
  readonly signal: AbortSignal
  /** For `prepareStep`: every step within the chat's budget, by its policy. */
  readonly prepareStep: <M extends ModelMessageLike>(step: StepLike<M>) => { messages: M[] }
  readonly #settings: ChatSettings
  readonly #answering: Answering
  readonly #stop: AbortController = new AbortController()
  readonly #ended: PromiseWithResolvers<Outcome> = Promise.withResolvers<Outcome>()
  readonly #inside: <R>(run: () => R) => R = AsyncLocalStorage.snapshot()
  readonly #giveUp: NodeJS.Timeout
  /** By their first message. */
  readonly #lent = new WeakMap<object, LentMessages>()
  #isGiven = false

  constructor(id: string, answering: Answering, settings: ChatSettings) {
    const { repeated, signal } = answering
    this.id = id
    this.repeated = repeated
    this.signal = AbortSignal.any([signal, this.#stop.signal])
    const lentAs = (first: ModelMessageLike): LentMessages | undefined => this.#lent.get(first)
    const beginnings = { plans: settings.memory.stepPlans, lentAs }
    this.prepareStep = stepsOf<ModelMessageLike>(settings.prune, beginnings) as ChatTurn['prepareStep']
    this.#settings = settings
    this.#answering = answering
    this.#giveUp = setTimeout(() => this.cancel(), settings.answerWithin)
    this.#ended.promise.catch(() => undefined)
    if (!repeated) signal.addEventListener('abort', () => this.#isGiven || this.cancel(), { once: true })
  }

  /** What a budget that was over gave the answer to go on with, as `turn.degraded` of the core. */
  get degraded(): unknown {
    return this.#answering.degraded
  }

  /**
   * Says what the answer has spent, such as its `totalUsage`; calls add up. Of a repeat nothing counts.
   *
   * @throws `COST_INVALID`, `TURN_OVER`
   */
  spent(cost: Cost): void {
    this.#answering.spent(cost)
  }

  /** How the answer ended, once it is stored. */
  get ended(): Promise<Outcome> {
    return this.#ended.promise
  }

  /**
   * The context for the model, with the new message: within the budget, legal, without system messages. What is cut is
   * recorded in the session, so that the same goes to the model the next time.
   *
   * @throws as `session.context.build` of `@everthread/core`
   */
  async messages(): Promise<ContextMessage[]> {
    const lent = await this.#inside(() => this.#answering.messages())
    const [first] = lent.copies
    if (first) this.#lent.set(first, lent)
    return [...lent.copies]
  }

  /** Answers by Node's response, or Express's. Resolves when the answer is stored. */
  async pipe(answer: GivenAnswer, res: NodeResponse, options?: StreamOptions): Promise<Outcome> {
    this.#take()
    return this.#run(answer, nodeClient(res, this.#connection()), options)
  }

  /** Answers by a web `Response`. */
  async response(answer: GivenAnswer, options?: StreamOptions): Promise<Response> {
    this.#take()
    const { client, response } = webClient(this.#connection())
    void this.#run(answer, client, options)
    return response
  }

  /** Gives the turn up without an answer: the session is free for the next. */
  cancel(): void {
    this.#stop.abort(stopped())
    if (this.#isGiven) return
    this.#isGiven = true
    clearTimeout(this.#giveUp)
    this.#ended.resolve('stopped')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isGiven) this.cancel()
  }

  #take(): void {
    if (this.#isGiven) {
      throw new EverthreadError('CHAT_TURN_OVER', 'Begin another turn: this one has its answer, or was given up')
    }
    this.#isGiven = true
    clearTimeout(this.#giveUp)
  }

  #connection(): Connection {
    const { place } = this.#answering
    const left = (): void => {
      if (this.repeated || this.#settings.onDisconnect === 'stop') this.#stop.abort(stopped())
    }
    return { place, left }
  }

  async #run(given: GivenAnswer, client: Client, options: StreamOptions | undefined): Promise<Outcome> {
    try {
      const how = { client, options, stop: this.#stop.signal, signal: this.signal }
      const outcome = await this.#inside(() => this.#answering.answer(given, how))
      this.#ended.resolve(outcome)
      return outcome
    } catch (error) {
      client.send(endOf('failed'))
      this.#ended.reject(error)
      return 'failed'
    } finally {
      client.end()
    }
  }
}

const stopped = (): EverthreadError => new EverthreadError('CHAT_STOPPED', 'The answer was stopped')
