import {
  type Session as Chat,
  type CreateSession,
  EverthreadError,
  type ListSessions,
  type SessionManager,
} from '@everthread/core'
import type { Session } from './session.ts'
import { visitOf } from './visit-of.ts'

export interface ChatPage {
  chats: Chat[]
  /** Present when there may be more; a page may be short, or empty, and still have one. */
  cursor?: string
}

/** The chats of whoever this session is of: a user who is logged in, or a guest, who is known by this session alone. */
export interface Chats {
  /** A page, newest first; of somebody who came as a guest and logged in, then those from before the login. */
  list(query?: Pick<ListSessions, 'limit' | 'cursor'>): Promise<ChatPage>
  /** The one of this id. Undefined for what is not there, and for what is somebody else's. */
  get(id: string): Promise<Chat | undefined>
}

/**
 * A chat of the caller's own: the one of this id, made when it is missing; without an id, a new one.
 *
 * @throws `SESSION_EXISTS` when it is somebody else's, `ID_INVALID`, `STORE_UNSUPPORTED`, `HEADERS_SENT`
 */
export async function chatOf(session: Session, id?: string): Promise<Chat> {
  const sessions = visitOf(session.req).sessions()
  const found = id === undefined ? undefined : await findChat(session, id, sessions)
  if (found) return found
  if (id === undefined) return makeChat(session, {}, sessions)
  const owner = owners(session)[0] ?? (await guest(session))
  return (await sessions.as({ userId: owner }).getOrCreate(id)).session
}

/** Undefined for what is not there, and for what is somebody else's. */
export async function findChat(session: Session, id: string, sessions: SessionManager): Promise<Chat | undefined> {
  for (const owner of owners(session)) {
    const found = await sessions.as({ userId: owner }).get(id)
    if (found) return found
  }
  return undefined
}

export async function makeChat(session: Session, init: CreateSession, sessions: SessionManager): Promise<Chat> {
  const owner = owners(session)[0] ?? (await guest(session))
  return sessions.as({ userId: owner }).create(init)
}

export async function pageOfChats(
  session: Session,
  { limit, cursor = '0:' }: Pick<ListSessions, 'limit' | 'cursor'>,
  sessions: SessionManager,
): Promise<ChatPage> {
  const [at = '', ...rest] = cursor.split(':')
  const owner = owners(session)[Number(at)]
  if (owner === undefined) return { chats: [] }
  const after = rest.join(':')
  const page = await sessions.as({ userId: owner }).list({
    ...(limit === undefined ? {} : { limit }),
    ...(after === '' ? {} : { cursor: after }),
  })
  const isLast = Number(at) + 1 >= owners(session).length
  const next = page.cursor === undefined ? (isLast ? undefined : `${Number(at) + 1}:`) : `${at}:${page.cursor}`
  return { chats: page.sessions, ...(next === undefined ? {} : { cursor: next }) }
}

export function chatsOf(session: Session): Chats {
  const sessions = () => visitOf(session.req).sessions()
  return {
    list: async (query = {}) => pageOfChats(session, query, sessions()),
    get: async (id) => findChat(session, id, sessions()),
  }
}

/** Who the session speaks for: the user, and the guest that the user was before. */
function owners(session: Session): string[] {
  const meta = visitOf(session.req).keeper('chat').knownOf(current(session))?.meta
  return [meta?.login?.userId, meta?.guest].filter((owner) => owner !== undefined)
}

/** Makes a guest of somebody unknown: stores the session, so that its cookie brings them back to their chats. */
async function guest(session: Session): Promise<string> {
  const visit = visitOf(session.req)
  const held = current(session)
  if (!visit.keeper('chat').knownOf(held) && !visit.canSetCookie()) {
    throw new EverthreadError('HEADERS_SENT', 'Ask for the chat before the answer begins: a guest needs a cookie')
  }
  return visit.welcome(held)
}

const current = (session: Session): Session => session.req.session ?? session
