import { EverthreadError, type Session } from '@everthread/core'
import type { Request, Response } from 'express'
import type { Answers, Place } from './answers.ts'

/**
 * Server-sent events: `begin` with a turn, `piece` with text, and `done` when all is answered. The id of an event is a
 * place, so that a page which comes back goes on there, also to another server. Ends when the caller is logged out.
 */
export async function streamAnswer(
  req: Request,
  res: Response,
  chat: Session,
  { answers, heartbeatMs }: { answers: Answers; heartbeatMs: number },
): Promise<void> {
  const gone = new AbortController()
  res.once('close', () => gone.abort())
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
  res.write('retry: 500\n\n')
  const heartbeat = setInterval(() => {
    res.write(':\n\n')
    req.session.reload().catch(() => gone.abort())
  }, heartbeatMs)
  try {
    for await (const { name, place, ...data } of answers.follow(chat, placeOf(req), gone.signal)) {
      res.write(`event: ${name}\nid: ${place.turn}:${place.count}\ndata: ${JSON.stringify(data)}\n\n`)
    }
  } catch (error) {
    if (!gone.signal.aborted && !isOver(error)) throw error
  } finally {
    clearInterval(heartbeat)
    // Without it the page comes back: to the next server, or to hear that it is logged out.
    if (!answers.isClosing && !gone.signal.aborted) res.write('event: done\ndata: {}\n\n')
    res.end()
  }
}

function placeOf(req: Request): Place | undefined {
  const [, turn = '', count] = /^([\w-]+):(\d{1,9})$/.exec(req.get('last-event-id') ?? '') ?? []
  return turn === '' ? undefined : { turn, count: Number(count) }
}

/** The chat was deleted meanwhile, or what was sent is no longer kept: the page has it, or loads it anew. */
function isOver(error: unknown): boolean {
  const codes = ['SESSION_NOT_FOUND', 'SESSION_ARCHIVED', 'TURN_STREAM_LOST']
  return EverthreadError.isInstance(error) && codes.includes(error.code)
}
