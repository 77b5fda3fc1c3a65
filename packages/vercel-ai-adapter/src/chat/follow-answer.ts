import { EverthreadError, type Session, type TurnRecord } from '@everthread/core'
import { fromNeutral } from '../messages/from-neutral.ts'
import type { Chunk } from './answer.ts'
import { type LastAnswer, lastAnswer } from './last-answer.ts'
import { type Place, placeOf } from './place.ts'
import { asTaken, beginningOf } from './replay.ts'

/** What a client gets that comes back, from where it is. */
export interface Following {
  place: Place
  chunks: AsyncIterable<Chunk>
}

/**
 * From a place that the client tells; else, of the answer under way, all of its message. Undefined: there is none, or
 * what was sent is gone.
 *
 * @throws `CHAT_REQUEST_INVALID`
 */
export async function resumeAnswer(
  session: Session,
  after: string | null | undefined,
  signal: AbortSignal,
): Promise<Following | undefined> {
  const given = after == null ? undefined : placeOf(after)
  const last = await lastAnswer(session)
  const isOpen = last !== undefined && last.outcome === undefined
  const turn = given?.turn ?? (isOpen ? await session.turns.running() : undefined)?.id
  if (turn === undefined || (!given && turn !== last?.turn)) return undefined
  const before = (given?.at ?? -1) < 0 && last?.turn === turn ? await chunksBefore(session, last) : []
  const place = { turn, at: given?.at ?? -before.length }
  if (place.at < -before.length) return undefined
  const chunks = await followAnswer(session, place, signal)
  return chunks && { place, chunks: place.at < 0 ? inTurn(before.slice(place.at), chunks) : chunks }
}

/**
 * The chunks of a turn's answer, each once, to its end. Undefined: they are gone, or there is no such turn.
 *
 * @throws the signal's reason, in the course of it
 */
export async function followAnswer(
  session: Session,
  { turn, at }: Place,
  signal: AbortSignal,
): Promise<AsyncIterable<Chunk> | undefined> {
  const record = await session.turnRecord(turn)
  if (!record) return undefined
  const pieces = session.turns.follow(turn, { after: Math.max(0, at), signal })
  if (record.state === 'running') return ended(undefined, pieces)
  try {
    return ended(await pieces.next(), pieces)
  } catch (error) {
    if (EverthreadError.isInstance(error) && error.code === 'TURN_STREAM_LOST') return undefined
    throw error
  }
}

type Pieces = AsyncGenerator<unknown, TurnRecord | undefined>

/** The answer of a process that died has no end of its own. */
async function* ended(
  first: IteratorResult<unknown, TurnRecord | undefined> | undefined,
  rest: Pieces,
): AsyncGenerator<Chunk> {
  let next = first ?? (await rest.next())
  for (; !next.done; next = await rest.next()) yield next.value as Chunk
  const isDead = next.value?.state === 'interrupted' && next.value.streamed === undefined
  if (isDead) yield { type: 'error', errorText: 'The answer was interrupted.' }
}

async function* inTurn(first: readonly Chunk[], rest: AsyncIterable<Chunk>): AsyncGenerator<Chunk> {
  yield* first
  yield* rest
}

/** What an answer that goes on had before its turn, for a client that makes the message anew. */
async function chunksBefore(session: Session, last: LastAnswer): Promise<Chunk[]> {
  const { id, base, open = [] } = last
  if (base === 0) return []
  const message = fromNeutral(await session.messages.list()).find((one) => one.id === id)
  if (!message) return []
  // What has come of its calls since is told by the turn.
  const parts = message.parts
    .slice(0, base)
    .map((part) => (open.includes(String(part.toolCallId)) ? { ...part, state: 'input-available' } : part))
  return [...asTaken(beginningOf({ ...message, parts }), last)]
}
