import { AsyncLocalStorage } from 'node:async_hooks'
import { EverthreadError, type Session, type Turn } from '@everthread/core'
import { pruneStep, type StepLike } from '../context/prune-step.ts'
import type { PlainUIMessage } from '../messages/from-neutral.ts'
import type { ModelMessageLike, PlainModelMessage } from '../messages/model-message.ts'
import type { Outcome } from './answer.ts'
import type { ChatSettings } from './chat-options.ts'
import { type Client, type NodeResponse, nodeClient, webClient } from './client.ts'
import { contextOfTurn } from './context-of-turn.ts'
import { chunksOf } from './replay.ts'
import { type AnswerSource, type StreamOptions, streamOf } from './source.ts'
import { writeAnswer } from './write-answer.ts'

/** The answer, or what makes it: a function is only called when there is something to answer. */
export type GivenAnswer = AnswerSource | (() => AnswerSource | Promise<AnswerSource>)

/** One request of a chat: it has the session to itself until its answer has ended. */
export class ChatTurn {
  /** The chat's id. */
  readonly id: string
  /** The request was answered before: `pipe` and `response` give that answer again, and nothing is stored. */
  readonly repeated: boolean
  /** Aborts when the answer has to end: for `abortSignal`. Of a repeat, at once. */
  readonly signal: AbortSignal
  /** For `prepareStep`: every step within the chat's budget, by its policy. */
  readonly prepareStep: <M extends ModelMessageLike>(step: StepLike<M>) => { messages: M[] }
  readonly #settings: ChatSettings
  readonly #session: Session
  readonly #turn: Turn
  readonly #answer: PlainUIMessage
  readonly #stop: AbortController = new AbortController()
  readonly #ended: PromiseWithResolvers<Outcome> = Promise.withResolvers<Outcome>()
  readonly #inside: <R>(run: () => R) => R = AsyncLocalStorage.snapshot()
  readonly #giveUp: NodeJS.Timeout
  #isGiven = false

  constructor(given: {
    settings: ChatSettings
    session: Session
    turn: Turn
    answer: PlainUIMessage
    repeated: boolean
  }) {
    const { settings, session, turn, answer, repeated } = given
    this.id = session.id
    this.repeated = repeated
    this.signal = AbortSignal.any([turn.signal, this.#stop.signal])
    this.prepareStep = pruneStep<ModelMessageLike>(settings.prune) as ChatTurn['prepareStep']
    this.#settings = settings
    this.#session = session
    this.#turn = turn
    this.#answer = answer
    if (repeated) this.#stop.abort(new EverthreadError('CHAT_REPEATED', 'The request was answered before'))
    this.#giveUp = setTimeout(() => this.cancel(), settings.answerWithin)
    this.#ended.promise.catch(() => undefined)
    turn.signal.addEventListener('abort', () => this.#isGiven || this.cancel(), { once: true })
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
  messages(): Promise<PlainModelMessage[]> {
    return this.#inside(() => contextOfTurn(this.#session, this.#turn, this.#settings))
  }

  /** Answers by Node's response, or Express's. Resolves when the answer is stored. */
  async pipe(answer: GivenAnswer, res: NodeResponse, options?: StreamOptions): Promise<Outcome> {
    this.#take()
    return this.#run(
      answer,
      nodeClient(res, () => this.#left()),
      options,
    )
  }

  /** Answers by a web `Response`. */
  async response(answer: GivenAnswer, options?: StreamOptions): Promise<Response> {
    this.#take()
    const { client, response } = webClient(() => this.#left())
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

  #left(): void {
    if (this.#settings.onDisconnect === 'stop') this.#stop.abort(stopped())
  }

  async #run(given: GivenAnswer, client: Client, options: StreamOptions | undefined): Promise<Outcome> {
    try {
      const outcome = this.repeated ? this.#replay(client) : await this.#write(given, client, options)
      this.#ended.resolve(outcome)
      return outcome
    } catch (error) {
      client.send({ type: 'error', errorText: 'An error occurred.' })
      this.#ended.reject(error)
      return 'failed'
    } finally {
      client.end()
    }
  }

  #replay(client: Client): Outcome {
    for (const chunk of chunksOf(this.#answer)) client.send(chunk)
    return 'complete'
  }

  async #write(given: GivenAnswer, client: Client, options: StreamOptions | undefined): Promise<Outcome> {
    const source = typeof given === 'function' ? await given() : given
    const chunks = streamOf(source, this.#answer, options)
    return this.#inside(() =>
      writeAnswer(this.#turn, { message: structuredClone(this.#answer), chunks, client, signal: this.signal }),
    )
  }
}

const stopped = (): EverthreadError => new EverthreadError('CHAT_STOPPED', 'The answer was stopped')
