import { EverthreadError } from '@everthread/core'
import type { PlainUIMessage } from '../messages/from-neutral.ts'
import type { Chunk } from './answer.ts'
import type { GraphAnswer } from './graph-answer.ts'

/** What `streamText` gives, as far as it is used; or any stream of `UIMessageChunk`s. */
export type AnswerSource = ReadableStream<unknown> | { toUIMessageStream(options: never): ReadableStream<unknown> }

/** The answer, or what makes it: a function is only called when there is something to answer. */
export type GivenAnswer = Given | (() => Given | Promise<Given>)

type Given = AnswerSource | GraphAnswer

/** Whether it is of `ai` 7, as far as that can be told. */
export const isOfAi7 = (source: AnswerSource): boolean => !(source instanceof ReadableStream) && 'stream' in source

/** What `toUIMessageStream` of `ai` takes beside what the chat decides: `messageMetadata`, `sendReasoning`, `onError`... */
export type StreamOptions = Readonly<Record<string, unknown>>

/** The chunks of an answer. A message that goes on keeps its id. */
export function streamOf(
  source: AnswerSource,
  answer: PlainUIMessage,
  options: StreamOptions = {},
): ReadableStream<Chunk> {
  if (source instanceof ReadableStream) return source as ReadableStream<Chunk>
  if (typeof source?.toUIMessageStream !== 'function') {
    throw new EverthreadError('CHAT_SOURCE_INVALID', 'Give what streamText gives, or a stream of UI message chunks')
  }
  const own = {
    ...options,
    originalMessages: [answer],
    generateMessageId: () => answer.id,
    sendStart: true,
    sendFinish: true,
  }
  return source.toUIMessageStream(own as never) as ReadableStream<Chunk>
}
