import { EverthreadError, type Session, type Turn } from '@everthread/core'
import { type Agent, awaitsAnswer, type Piece } from './agent.ts'

export interface Question {
  /** Of the message: who asks again with the same one, as after a lost reply, asks once. */
  id: string
  text: string
}

/** A place in what turns have sent. */
export interface Place {
  turn: string
  /** How many pieces are known. */
  count: number
}

export type AnswerEvent = { place: Place; name: 'begin' } | { place: Place; name: 'piece'; piece: Piece }

/** Answers under way. A page only looks on: they go on without it, and with another server. */
export class Answers {
  readonly #agent: Agent
  readonly #report: (error: unknown) => void
  readonly #closing = new AbortController()
  readonly #running = new Set<Promise<unknown>>()

  constructor(agent: Agent, report: (error: unknown) => void) {
    this.#agent = agent
    this.#report = report
  }

  get isClosing(): boolean {
    return this.#closing.signal.aborted
  }

  /** Waits for its place in the line, and until the question is stored. Gives the id of the turn that answers it. */
  ask(chat: Session, { id, text }: Question): Promise<string> {
    const question = { id, role: 'user', parts: [{ type: 'text', content: text }] }
    return this.#begin(chat, 'queue', (turn) => turn.append(question))
  }

  stop(chat: Session): Promise<unknown> {
    return chat.turns.interrupt()
  }

  /** What is sent by the turn under way, and by those that follow, until all is answered or the server closes. */
  async *follow(chat: Session, known: Place | undefined, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    while (!this.isClosing) {
      const turn = (await chat.turns.running())?.id ?? (await this.#takeUp(chat))
      if (turn === undefined) return
      let count = turn === known?.turn ? known.count : 0
      if (count === 0) yield { place: { turn, count }, name: 'begin' }
      for await (const piece of chat.turns.follow(turn, { after: count, signal })) {
        yield { place: { turn, count: ++count }, name: 'piece', piece: piece as Piece }
      }
    }
  }

  /** Ends the turns: the next server takes up what they leave unanswered. */
  async close(): Promise<void> {
    this.#closing.abort(new EverthreadError('SERVER_CLOSING', 'The server is about to restart. Ask again in a moment.'))
    await Promise.allSettled(this.#running)
  }

  /** What is unanswered and has nobody at work on it: the process that was is gone. */
  async #takeUp(chat: Session): Promise<string | undefined> {
    if (!awaitsAnswer(await chat.messages.list())) return undefined
    try {
      return await this.#begin(chat, 'reject', () => undefined)
    } catch (error) {
      // Another page was faster.
      if (EverthreadError.isInstance(error) && error.code === 'SESSION_BUSY') {
        return (await chat.turns.running())?.id
      }
      throw error
    }
  }

  #begin(chat: Session, onBusy: 'queue' | 'reject', first: (turn: Turn) => void): Promise<string> {
    const begun = Promise.withResolvers<string>()
    const work = async (turn: Turn): Promise<void> => {
      first(turn)
      await turn.checkpoint()
      begun.resolve(turn.id)
      if (chat.title === undefined) await chat.generateTitle()
      await this.#agent(turn, chat)
    }
    let isBegun = false
    begun.promise.then(
      () => {
        isBegun = true
      },
      () => undefined,
    )
    const running = chat.turn(work, { onBusy, signal: this.#closing.signal }).catch((error: unknown) => {
      if (!isBegun) begun.reject(error)
      else if (!this.isClosing && !isStop(error)) this.#report(error)
    })
    this.#running.add(running)
    running.finally(() => this.#running.delete(running))
    return begun.promise
  }
}

const isStop = (error: unknown): boolean => EverthreadError.isInstance(error) && error.code === 'TURN_INTERRUPTED'
