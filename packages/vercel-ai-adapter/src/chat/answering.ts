import { type Cost, EverthreadError, type Session, type Turn } from '@everthread/core'
import type { PlainUIMessage } from '../messages/from-neutral.ts'
import type { Chunk, Outcome } from './answer.ts'
import type { ChatSettings } from './chat-options.ts'
import { type Client, sendAll } from './client.ts'
import { contextOfTurn } from './context-of-turn.ts'
import { followAnswer } from './follow-answer.ts'
import { isGraphAnswer, relayAnswer } from './graph-answer.ts'
import type { LastAnswer } from './last-answer.ts'
import type { LentMessages } from './lent-messages.ts'
import type { Place } from './place.ts'
import { endOf, outcomeOfEnd } from './replay.ts'
import { type GivenAnswer, isOfAi7, type StreamOptions, streamOf } from './source.ts'
import { writeAnswer } from './write-answer.ts'

/** How an answer gets to its client. */
export interface How {
  client: Client
  options: StreamOptions | undefined
  /** The client has gone, or the route gave it up. */
  stop: AbortSignal
  /** That, or the session is no longer the turn's. */
  signal: AbortSignal
}

/** What a request comes to, once it is known. */
export interface Answering {
  repeated: boolean
  signal: AbortSignal
  /** Where in a turn's stream the answer begins. */
  place: Place | undefined
  /** What a budget that was over gave instead of what was asked. */
  degraded: unknown
  spent(cost: Cost): void
  messages(): Promise<LentMessages>
  answer(given: GivenAnswer, how: How): Promise<Outcome>
}

/** An answer that is to be given. */
export function newAnswer(
  session: Session,
  turn: Turn,
  { message, asked }: { message: PlainUIMessage; asked: LastAnswer },
  settings: ChatSettings,
): Answering {
  return {
    repeated: false,
    signal: turn.signal,
    place: { turn: turn.id, at: 0 },
    degraded: turn.degraded,
    spent: (cost) => turn.spent(cost),
    messages: async () => contextOfTurn(session, await turn.view(), settings),
    async answer(given, { client, options, signal }) {
      try {
        const source = typeof given === 'function' ? await given() : given
        const { onError } = settings
        if (isGraphAnswer(source)) {
          return await relayAnswer(turn, { graph: source, about: asked, client, signal, onError })
        }
        const chunks = streamOf(source, message, options)
        const about = { ...asked, ...(isOfAi7(source) && { approvals: true as const }) }
        return await writeAnswer(turn, { message: structuredClone(message), about, chunks, client, signal, onError })
      } catch (error) {
        if (turn.isActive) turn.send(endOf('failed'))
        throw error
      }
    },
  }
}

/** One that was given before, or is being given: as it was sent, where that is kept. */
export function knownAnswer(
  session: Session,
  { turn, stored, settings }: { turn: string | undefined; stored(): Iterable<Chunk>; settings: ChatSettings },
): Answering {
  const place = turn === undefined ? undefined : { turn, at: 0 }
  return {
    repeated: true,
    signal: AbortSignal.abort(new EverthreadError('CHAT_REPEATED', 'The request was answered before')),
    place,
    degraded: undefined,
    // It asks no model.
    spent: () => undefined,
    async messages() {
      const build = { ...settings.build, dryRun: true }
      return contextOfTurn(session, await session.messages.list(), { ...settings, build })
    },
    async answer(_, { client, stop }) {
      try {
        const sent = place && (await followAnswer(session, place, stop))
        return outcomeOfEnd(await sendAll(sent ?? stored(), client))
      } catch (error) {
        if (stop.aborted) return 'stopped'
        throw error
      }
    },
  }
}
