import { lastSegment } from '../contract/key.ts'
import type { Row } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { Bell } from './bell.ts'
import type { TurnDesk } from './desk.ts'
import { readRecord, recordKeys, type TurnRecord } from './record.ts'
import { decodeRow, streamKey, streamPrefix } from './rows.ts'

const SPACING_MS = 20
const POLL_MS = 500
const PAGE = { limit: 200, maxBytes: 1024 * 1024 }

/**
 * What a turn has sent and sends, each piece once and in order, until the turn is over. What comes with the turn's end
 * is read at the same moment as the end.
 *
 * @throws `TURN_STREAM_LOST`, the signal's reason
 */
export async function* followTurn(
  desk: TurnDesk,
  id: string,
  { after, signal }: { after: number; signal: AbortSignal | undefined },
): AsyncGenerator<unknown, TurnRecord | undefined> {
  const bell = new Bell(desk.store, desk.partition, SPACING_MS)
  const wake = (): void => bell.ring()
  signal?.addEventListener('abort', wake)
  let next = after
  try {
    bell.listen()
    for (;;) {
      signal?.throwIfAborted()
      const { rows, more } = await desk.store.read(desk.partition, [
        { get: recordKeys(id) },
        { prefix: streamPrefix(id), from: streamKey(id, next), floor: true, ...PAGE },
      ])
      for (const { number, piece } of piecesFrom(rows[1] ?? [], next)) {
        if (number !== next) throw lost()
        yield piece
        next++
      }
      if (more[1]) continue
      const record = readRecord(id, rows[0] ?? [])
      if (record?.state === 'running') await bell.wait(POLL_MS)
      else if (!record || next < (record.streamed ?? 0)) throw lost()
      else return record
    }
  } finally {
    signal?.removeEventListener('abort', wake)
    bell.close()
  }
}

function* piecesFrom(rows: readonly Row[], next: number): Generator<{ number: number; piece: unknown }> {
  for (const row of rows) {
    const first = Number(lastSegment(row.key))
    for (const [at, piece] of (decodeRow(row) as unknown[]).entries()) {
      if (first + at >= next) yield { number: first + at, piece }
    }
  }
}

const lost = (): EverthreadError =>
  new EverthreadError('TURN_STREAM_LOST', 'Load the session again: what this turn sent is no longer all there')
