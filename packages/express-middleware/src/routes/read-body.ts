import { EverthreadError } from '@everthread/core'
import type { SessionRequest } from '../request/session-request.ts'

/**
 * The JSON of a request's body: as a parser before us has read it, or read here. An empty one is `{}`.
 *
 * @throws `BODY_TOO_LARGE`, `BODY_INVALID`, `MEDIA_TYPE`
 */
export async function readBody(req: SessionRequest & { body?: unknown }, maxBytes: number): Promise<unknown> {
  if (req.body !== undefined) return req.body
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of req) {
    size += (piece as Buffer).length
    if (size > maxBytes) {
      throw new EverthreadError('BODY_TOO_LARGE', `Send at most ${maxBytes} bytes`)
    }
    pieces.push(piece as Buffer)
  }
  if (size === 0) return {}
  // A form of another site can send text that looks like JSON, but not this type.
  if (!/^application\/(\S+\+)?json\b/i.test(req.headers['content-type'] ?? '')) {
    throw new EverthreadError('MEDIA_TYPE', 'Send JSON, as Content-Type: application/json')
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString()) as unknown
  } catch (cause) {
    throw new EverthreadError('BODY_INVALID', 'Send a body that is JSON', { cause })
  }
}
