import type { Session, SessionHandle } from '@everthread/core'
import type { ChatSettings } from './chat-options.ts'

export interface ListOptions {
  /** Whose chats they are; `null`: of nobody. */
  owner: string | null
  /** At most so many. Default 20. */
  limit?: number
  /** Goes on after a page. */
  cursor?: string
}

/** A chat in a list. */
export interface ListedChat {
  id: string
  title: string | undefined
  /** Store time, ms since the epoch. */
  createdAt: number
  lastActiveAt: number
}

export interface ChatPage {
  chats: ListedChat[]
  /** Present when there may be more; a page may be short, or empty, and still have one. */
  cursor?: string
}

/** @throws `LIST_INVALID`, `CURSOR_INVALID` */
export async function listChats(handle: SessionHandle, { owner, ...page }: ListOptions): Promise<ChatPage> {
  const { sessions, cursor } = await handle.list({ ...page, kind: 'chat' })
  // A service sees everybody's.
  const own = sessions.filter(({ userId }) => userId === (owner ?? undefined))
  return { chats: own.map(listed), ...(cursor !== undefined && { cursor }) }
}

const listed = ({ id, title, createdAt, lastActiveAt }: Session): ListedChat => ({ id, title, createdAt, lastActiveAt })

/** Gives a chat its title after its first answer. One that cannot be made changes nothing. */
export async function giveTitle(session: Session, { titles, onError }: ChatSettings): Promise<void> {
  if (titles === false || session.title !== undefined) return
  try {
    await session.generateTitle(titles)
  } catch (error) {
    onError(error)
  }
}
