import { EverthreadError, type Turn } from '@everthread/core'
import { Answer, type Chunk, type Outcome } from './answer.ts'
import type { Client } from './client.ts'
import { type LastAnswer, rememberAnswer } from './last-answer.ts'
import { asJson } from './plain.ts'
import { isEnd, readUntil } from './read-until.ts'
import { endOf } from './replay.ts'

/** The run of a LangGraph agent whose own checkpointer stores what is said. */
export interface GraphAnswer {
  readonly run: AsyncIterable<unknown>
  readonly toUIMessageStream: ToUIMessageStream
}

/** `toUIMessageStream` of `@ai-sdk/langchain`, of either major. */
export type ToUIMessageStream = (run: never) => ReadableStream<unknown>

/**
 * Answers by a graph on the chat's own session: its saver is an `EverthreadSaver` on the same store, wrapped in
 * `withTurns`, and its thread is the chat's id. What it says is stored by it, once, and the client sees it under the ids
 * that `history` tells.
 *
 * @param run What `graph.stream` gives, with `messages` and `values` among its `streamMode`s
 * @throws `CHAT_SOURCE_INVALID`
 */
export function graphAnswer(run: AsyncIterable<unknown>, toUIMessageStream: ToUIMessageStream): GraphAnswer {
  if (typeof run?.[Symbol.asyncIterator] !== 'function' || typeof toUIMessageStream !== 'function') {
    throw new EverthreadError(
      'CHAT_SOURCE_INVALID',
      'Give graphAnswer what graph.stream gives, and toUIMessageStream of @ai-sdk/langchain',
    )
  }
  return { run, toUIMessageStream }
}

export const isGraphAnswer = (source: object): source is GraphAnswer => 'run' in source && 'toUIMessageStream' in source

/** Passes a graph's answer on to the client, and to whoever follows the turn. */
export async function relayAnswer(
  turn: Turn,
  given: {
    graph: GraphAnswer
    /** What is remembered of it, so far, with its id when the graph gives none. */
    about: LastAnswer
    client: Client
    signal: AbortSignal
    onError(error: unknown): void
  },
): Promise<Outcome> {
  const { graph, about, client, signal, onError } = given
  const { id } = about
  const tap = new MessageTap(graph.run)
  const answer = new Answer({ id, role: 'assistant', parts: [] })
  const send = (chunk: Chunk): void => {
    turn.send(chunk)
    client.send(chunk)
  }
  let isBegun = false
  try {
    const chunks = graph.toUIMessageStream(tap as never) as ReadableStream<Chunk>
    for await (const chunk of asKept(readUntil(chunks, signal))) {
      // Nobody knows the message's id before its first chunk.
      if (chunk.type === 'start') continue
      if (chunk.type === 'error') throw tap.failure ?? new Error(String(chunk.errorText))
      if (!isBegun) send({ type: 'start', messageId: tap.messageId ?? id })
      isBegun = true
      answer.apply(chunk)
      if (!isEnd(chunk)) send(chunk)
    }
  } catch (error) {
    if (!turn.isActive) throw error
    if (!signal.aborted) {
      answer.apply(endOf('failed'))
      onError(error)
    }
  }
  const outcome = answer.outcome ?? (signal.aborted ? 'stopped' : 'failed')
  const end = endOf(outcome)
  turn.send(end)
  rememberAnswer(turn, { ...about, id: tap.messageId ?? id, outcome })
  await turn.checkpoint()
  client.send(end)
  return outcome
}

/** As the history tells it: a step begins with what the model says in it, and its tools are the application's own. */
async function* asKept(chunks: AsyncIterable<Chunk>): AsyncGenerator<Chunk> {
  let step: 'none' | 'announced' | 'open' = 'none'
  for await (const given of chunks) {
    const { dynamic: _, ...chunk } = asJson(given) as Chunk
    if (chunk.type === 'start-step') step = 'announced'
    else if (chunk.type === 'finish-step') {
      if (step === 'open') yield chunk
      step = 'none'
    } else {
      if (step === 'announced' && !isResult(chunk)) {
        yield { type: 'start-step' }
        step = 'open'
      }
      yield chunk
    }
  }
}

const isResult = ({ type }: Chunk): boolean => type.startsWith('tool-output-')

/** Listens to what a graph streams. */
class MessageTap {
  /** Of the answer's first message: the id that the whole of it has. */
  messageId: string | undefined
  failure: unknown
  readonly #run: AsyncIterable<unknown>

  constructor(run: AsyncIterable<unknown>) {
    this.#run = run
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    try {
      for await (const event of this.#run) {
        this.messageId ??= idIn(event)
        yield event
      }
    } catch (error) {
      this.failure = error
      throw error
    }
  }
}

/** The id of the assistant's message that an event of the mode `messages` carries. */
function idIn(event: unknown): string | undefined {
  if (!Array.isArray(event) || event.at(-2) !== 'messages' || !Array.isArray(event.at(-1))) return undefined
  const message: unknown = event.at(-1)[0]
  const { id, type } = (message ?? {}) as { id?: unknown; type?: unknown }
  return type === 'ai' && typeof id === 'string' ? id : undefined
}
