import type { NeutralMessage, Turn } from '@everthread/core'
import type { PlainUIMessage } from '../messages/from-neutral.ts'
import { toNeutral } from '../messages/to-neutral.ts'
import { Answer, type Chunk, type Outcome } from './answer.ts'
import type { Client } from './client.ts'
import { type LastAnswer, rememberAnswer } from './last-answer.ts'
import { asJson, isSame } from './plain.ts'
import { isEnd, readUntil } from './read-until.ts'
import { endOf } from './replay.ts'
import { saysSomething, sealed } from './seal.ts'

/**
 * Reads an answer to its end: each step is stored before the client hears of it, and the whole before it hears of the
 * end. What breaks off is stored as far as it came. Whoever follows the turn gets the same chunks.
 */
export async function writeAnswer(
  turn: Turn,
  given: {
    message: PlainUIMessage
    /** What is remembered of it, so far. */
    about: LastAnswer
    chunks: ReadableStream<Chunk>
    client: Client
    signal: AbortSignal
    onError(error: unknown): void
  },
): Promise<Outcome> {
  const { message, about, chunks, client, signal, onError } = given
  const answer = new Answer(message)
  const stored = new Map<string, NeutralMessage>()
  const store = async (as: PlainUIMessage): Promise<void> => {
    const pieces = toNeutral([as]).filter((piece) => !isSame(stored.get(piece.id as string), piece))
    turn.append(...pieces)
    await turn.checkpoint()
    for (const piece of pieces) stored.set(piece.id as string, piece)
  }
  const ends: Chunk[] = []
  let isTold = false
  try {
    for await (const given of readUntil(chunks, signal)) {
      const chunk = asJson(given) as Chunk
      answer.apply(chunk)
      if (isEnd(chunk)) {
        ends.push(chunk)
        continue
      }
      isTold ||= chunk.type === 'error'
      turn.send(chunk)
      if (chunk.type === 'finish-step') await store(sealed(answer.message, 'complete'))
      client.send(chunk)
    }
  } catch (error) {
    if (!turn.isActive) throw error
    if (!signal.aborted) {
      answer.apply(endOf('failed'))
      onError(error)
    }
  }
  const outcome = answer.outcome ?? (signal.aborted ? 'stopped' : 'failed')
  const last = sealed(answer.message, outcome)
  if (ends.length === 0 && !isTold) ends.push(endOf(outcome))
  turn.send(...ends)
  rememberAnswer(turn, { ...about, outcome })
  if (saysSomething(last)) await store(last)
  else await turn.checkpoint()
  for (const chunk of ends) client.send(chunk)
  return outcome
}
