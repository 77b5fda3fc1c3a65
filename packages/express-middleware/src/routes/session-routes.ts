import type { ServerResponse } from 'node:http'
import {
  type Session as Chat,
  type CompactOptions,
  EverthreadError,
  type ProcessScheduler,
  type SessionManager,
} from '@everthread/core'
import { findChat, makeChat, pageOfChats } from '../request/chats.ts'
import type { Session } from '../request/session.ts'
import type { SessionRequest } from '../request/session-request.ts'
import { visitOf } from '../request/visit-of.ts'
import { chatRoutes, factsOf, type Reply } from './chat-routes.ts'
import { problemOf, sendProblem } from './problem.ts'
import { readBody } from './read-body.ts'
import * as schemas from './schemas.ts'
import { given, parsed } from './schemas.ts'
import { streamChat } from './stream.ts'

export interface SessionRoutesOptions {
  sessions: SessionManager
  /** How a chat is compacted, by which model. Without it, `compact` answers 501. */
  compact?: (chat: Chat) => Omit<CompactOptions, 'instructions'>
  /** That of the manager: it hears where users look. Without it, `attention` answers 501. */
  scheduler?: ProcessScheduler
  /** Bytes that a body may have, when no parser has read it before. Default 262,144. */
  maxBodyBytes?: number
  /** How often a stream of a chat says that it is alive, and asks whether it may go on, ms. Default 15,000. */
  heartbeatMs?: number
}

type Routes = (req: SessionRequest & { body?: unknown }, res: ServerResponse, next: (error?: unknown) => void) => void

/**
 * Routes for the caller's own chats, to be mounted behind `session()`:
 *
 * ```ts
 * app.use('/chats', sessionRoutes({ sessions }))
 * ```
 *
 * `POST /`, `GET /`, and of one chat `GET /:id`, `DELETE /:id`, `GET|POST /:id/messages`, `POST /:id/reset`, `undo`,
 * `compact`, `fork`, `switch`, `share`, `attention` and `end`, `GET /:id/status`, `branches`, `checkpoints`, `context`, `export`, and its
 * messages as they come as server-sent events from `GET /:id/events`. What is wrong is told as problem JSON; what is no
 * fault of the request goes to `next`. Requests that a browser sends for another site are refused with 403.
 */
export function sessionRoutes(options: SessionRoutesOptions): Routes {
  if (!options?.sessions) {
    throw new EverthreadError('SESSIONS_MISSING', 'Give it a manager: sessionRoutes({ sessions })')
  }
  return (req, res, next) => {
    answer(req, res, options).catch((error: unknown) => {
      const problem = res.headersSent ? undefined : problemOf(error)
      if (problem) sendProblem(res, problem)
      else next(error)
    })
  }
}

async function answer(
  req: SessionRequest & { body?: unknown },
  res: ServerResponse,
  options: SessionRoutesOptions,
): Promise<void> {
  const { session, method = 'GET' } = req
  if (!session) throw new EverthreadError('SESSION_MISSING', 'Put session() before sessionRoutes()')
  refuseOtherSites(req)
  const { pathname, searchParams } = new URL(req.url ?? '/', 'http://localhost')
  const [id = '', what = '', ...more] = pathname.slice(1).split('/').map(decoded)
  if (more.length > 0) throw notFound()
  const query = Object.fromEntries(searchParams)
  const body = async () => (method === 'POST' && what !== 'end' ? readBody(req, options.maxBodyBytes ?? 262_144) : {})
  if (id === '') {
    send(res, await collection(session, method, { query, body: await body() }, options))
    return
  }
  const chat = await findChat(session, id, options.sessions)
  if (!chat) throw notFound()
  if (what === 'events' && method === 'GET') return streamed(req, res, chat, options)
  const route = chatRoutes[`${method} ${what}`]
  if (!route) throw new EverthreadError('METHOD_NOT_ALLOWED', `There is nothing at ${method} ${pathname}`)
  send(res, await route(chat, { query, body: await body(), compact: options.compact, scheduler: options.scheduler }))
}

async function collection(
  session: Session,
  method: string,
  { query, body }: { query: object; body: unknown },
  { sessions }: SessionRoutesOptions,
): Promise<Reply> {
  if (method === 'POST') {
    const init = given(parsed(schemas.create, body))
    return { status: 201, value: factsOf(await makeChat(session, init, sessions)) }
  }
  if (method !== 'GET') throw new EverthreadError('METHOD_NOT_ALLOWED', 'Use GET to list chats, POST to make one')
  const { chats, cursor } = await pageOfChats(session, given(parsed(schemas.page, query)), sessions)
  return { status: 200, value: { chats: chats.map(factsOf), cursor } }
}

function streamed(
  req: SessionRequest,
  res: ServerResponse,
  chat: Chat,
  { sessions, heartbeatMs = 15_000 }: SessionRoutesOptions,
): Promise<void> {
  const visit = visitOf(req)
  const lastId = req.headers['last-event-id']
  return streamChat(res, sessions.store, chat, {
    lastId: typeof lastId === 'string' && lastId !== '' ? lastId : undefined,
    heartbeatMs,
    isAllowed: () => visit.isAlive(),
  })
}

/** A browser says so of requests that other sites make it send, as they would to change something in the user's name. */
function refuseOtherSites({ method, headers }: SessionRequest): void {
  const site = headers['sec-fetch-site']
  if (method === 'GET' || method === 'HEAD' || site === undefined || site === 'same-origin' || site === 'none') return
  throw new EverthreadError('CROSS_SITE', 'This request came from another site')
}

function send(res: ServerResponse, { status, value, file }: Reply): void {
  res.setHeader('Cache-Control', 'no-store')
  if (file) {
    const headers = { 'Content-Type': file.type, 'X-Content-Type-Options': 'nosniff' }
    res.writeHead(status, { ...headers, 'Content-Disposition': `attachment; filename="${file.name}"` }).end(file.text)
  } else if (value === undefined) res.writeHead(status).end()
  else res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw notFound()
  }
}

function notFound(): EverthreadError {
  return new EverthreadError('CHAT_NOT_FOUND', 'There is no such chat of yours')
}
