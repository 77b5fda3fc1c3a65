import type { NeutralMessage, Turn } from '@everthread/core'
import type { PlainUIMessage } from '../messages/from-neutral.ts'
import { toNeutral } from '../messages/to-neutral.ts'
import { Answer, type Chunk, type Outcome } from './answer.ts'
import type { Client } from './client.ts'
import { isSame } from './plain.ts'
import { saysSomething, sealed } from './seal.ts'

/** Ends of streams: told to the client only once the answer is stored. */
const isEnd = ({ type }: Chunk): boolean => type === 'finish' || type === 'abort'

/**
 * Reads an answer to its end: each step is stored before the client hears of it, and the whole before it hears of the
 * end. What breaks off is stored as far as it came.
 */
export async function writeAnswer(
  turn: Turn,
  given: { message: PlainUIMessage; chunks: ReadableStream<Chunk>; client: Client; signal: AbortSignal },
): Promise<Outcome> {
  const { message, chunks, client, signal } = given
  const answer = new Answer(message)
  const stored = new Map<string, NeutralMessage>()
  const held: Chunk[] = []
  const store = async (as: PlainUIMessage): Promise<void> => {
    const pieces = toNeutral([as]).filter((piece) => !isSame(stored.get(piece.id as string), piece))
    for (const piece of pieces) stored.set(piece.id as string, piece)
    turn.append(...pieces)
    await turn.checkpoint()
  }
  try {
    for await (const chunk of readUntil(chunks, signal)) {
      answer.apply(chunk)
      if (chunk.type === 'finish-step') await store(sealed(answer.message, 'complete'))
      if (isEnd(chunk)) held.push(chunk)
      else client.send(chunk)
    }
  } catch (error) {
    if (!turn.isActive) throw error
    if (!signal.aborted) client.send({ type: 'error', errorText: 'An error occurred.' })
  }
  const outcome = answer.outcome ?? (signal.aborted ? 'stopped' : 'failed')
  const last = sealed(answer.message, outcome)
  if (saysSomething(last)) await store(last)
  for (const chunk of held) client.send(chunk)
  return outcome
}

/** What comes until the stream ends, or the signal aborts: then the stream is let go. */
async function* readUntil(chunks: ReadableStream<Chunk>, signal: AbortSignal): AsyncGenerator<Chunk> {
  const reader = chunks.getReader()
  const stop = (): void => void reader.cancel(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
  } finally {
    signal.removeEventListener('abort', stop)
    reader.releaseLock()
  }
}
