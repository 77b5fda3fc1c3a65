import type { SessionManager, TurnOptions } from '@everthread/core'
import type { PlainUIMessage } from '../messages/from-neutral.ts'
import type { ChatPage, ListOptions } from './chat-list.ts'
import type { ChatTurn } from './chat-turn.ts'
import type { NodeResponse } from './client.ts'
import type { HistoryOptions } from './history.ts'
import type { ResumeOptions } from './resume.ts'
import type { Version } from './siblings.ts'

export interface BeginOptions extends Pick<TurnOptions, 'priority' | 'cost' | 'complexity'> {
  /** Whose chat it is: the user's id, as the server knows it. `null`: chats of nobody. */
  owner: string | null
  /** Keeps a serverless function alive until the answer is stored. */
  waitUntil?: (work: Promise<unknown>) => void
  /** Gives up waiting for a chat that is being answered. */
  signal?: AbortSignal
}

export interface OwnerOptions {
  owner: string | null
}

/** Chats of the AI SDK, each a session. */
export interface Chat {
  /**
   * Takes in what `useChat` sends: a new message, an edited one, a wish for another answer, approvals, or results of
   * tools that run at the client. Waits while the chat is being answered, and stores what the user said.
   *
   * @throws `CHAT_REQUEST_INVALID`, `CHAT_MESSAGE_REFUSED`, `CHAT_MESSAGE_UNKNOWN`, `SESSION_EXISTS` when the chat is
   * somebody else's, `SESSION_BUSY`, `SESSION_ARCHIVED`, `ID_INVALID`, `USER_INVALID`, the signal's reason
   */
  begin(body: unknown, options: BeginOptions): Promise<ChatTurn>
  /**
   * The stream of the answer under way, from its beginning or from where the client is, in whichever process it is
   * made: each chunk once, in order, to the end. 204 when there is none. By Node's response, when one is given.
   *
   * @throws `CHAT_REQUEST_INVALID`, `ID_INVALID`, `USER_INVALID`
   */
  resume(id: string, options: ResumeOptions): Promise<Response>
  resume(id: string, options: ResumeOptions, res: NodeResponse): Promise<void>
  /**
   * Stops the answer under way, in whichever process it is made, and answers `{ stopped }` as JSON once it is stored as
   * far as it came.
   *
   * @throws `ID_INVALID`, `USER_INVALID`
   */
  stop(id: string, options: OwnerOptions): Promise<Response>
  stop(id: string, options: OwnerOptions, res: NodeResponse): Promise<void>
  /**
   * UI messages for the first render, oldest first; none of a chat that does not exist or is somebody else's. An answer
   * under way is there as far as it is stored, with `metadata.outcome` as `running`.
   *
   * @throws `ID_INVALID`, `BRANCH_NOT_FOUND`, `MESSAGE_NOT_FOUND`, `LIST_INVALID`
   */
  history(id: string, options: HistoryOptions): Promise<PlainUIMessage[]>
  /**
   * The owner's chats, the one that was used last first, with their titles.
   *
   * @throws `QUERY_INVALID`, `CURSOR_INVALID`, `USER_INVALID`
   */
  list(options: ListOptions): Promise<ChatPage>
  /**
   * By the id of each message of the history that has others in its place, edits or other answers: all of them, in the
   * order in which they came, each with a branch that shows it, for {@link Chat.show}.
   *
   * @throws `ID_INVALID`, `USER_INVALID`
   */
  siblings(id: string, options: OwnerOptions): Promise<Record<string, Version[]>>
  /**
   * Makes another branch the one that is seen and goes on; after the answer under way, if there is one.
   *
   * @throws `BRANCH_NOT_FOUND`, `SESSION_NOT_FOUND`, `SESSION_BUSY`, `SESSION_ARCHIVED`, `ID_INVALID`, `USER_INVALID`
   */
  show(id: string, options: OwnerOptions & { branch: string }): Promise<void>
  readonly sessions: SessionManager
}
