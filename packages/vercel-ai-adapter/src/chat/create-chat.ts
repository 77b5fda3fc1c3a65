import { type Session, type SessionHandle, SessionManager, type Store } from '@everthread/core'
import type { PlainUIMessage } from '../messages/from-neutral.ts'
import type { Answering } from './answering.ts'
import { answerUnderWay, beginTurn } from './begin-turn.ts'
import { type ChatOptions, type ChatSettings, checkChatOptions } from './chat-options.ts'
import { ChatTurn } from './chat-turn.ts'
import type { NodeResponse } from './client.ts'
import { type HistoryOptions, readHistory } from './history.ts'
import { checkBody, type Incoming, refused } from './incoming.ts'
import { recoverAnswer } from './last-answer.ts'
import { answerWith, type ResumeOptions, resume } from './resume.ts'

export interface BeginOptions {
  /** Whose chat it is: the user's id, as the server knows it. `null`: chats of nobody. */
  owner: string | null
  /** Keeps a serverless function alive until the answer is stored. */
  waitUntil?: (work: Promise<unknown>) => void
  /** Gives up waiting for a chat that is being answered. */
  signal?: AbortSignal
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
  stop(id: string, options: Pick<ResumeOptions, 'owner'>): Promise<Response>
  stop(id: string, options: Pick<ResumeOptions, 'owner'>, res: NodeResponse): Promise<void>
  /**
   * UI messages for the first render, oldest first; none of a chat that does not exist or is somebody else's. An answer
   * under way is there as far as it is stored, with `metadata.outcome` as `running`.
   *
   * @throws `ID_INVALID`, `BRANCH_NOT_FOUND`, `MESSAGE_NOT_FOUND`, `LIST_INVALID`
   */
  history(id: string, options: HistoryOptions): Promise<PlainUIMessage[]>
  readonly sessions: SessionManager
}

/**
 * A chat route that keeps what is said, whatever the client does.
 *
 * @throws `CHAT_OPTIONS_INVALID`
 */
export function createChat(options: ChatOptions): Chat {
  const settings = checkChatOptions(options)
  const sessions = options.sessions ?? new SessionManager({ store: options.store as Store })
  const { onError } = settings
  const handleOf = (owner: unknown): SessionHandle => {
    if (owner === undefined) throw refused('CHAT_REQUEST_INVALID', 'Say whose chat it is: { owner }')
    return owner === null ? sessions.asService('chat') : sessions.as({ userId: owner as string })
  }
  const stop = async (id: string, { owner }: Pick<ResumeOptions, 'owner'>, res?: NodeResponse) => {
    const session = await handleOf(owner).get(id)
    const ended = await session?.turns.interrupt()
    return answerWith({ status: 200, value: { stopped: ended?.state === 'interrupted' } }, res)
  }
  return {
    sessions,
    async begin(body, { owner, ...options }) {
      const handle = handleOf(owner)
      const incoming = await checkedRequest(body, settings)
      const session = await openChat(handle, incoming)
      const underWay = await answerUnderWay(session, incoming, settings)
      return underWay ? new ChatTurn(session.id, underWay, settings) : beginWith(session, incoming, settings, options)
    },
    resume: (async (id: string, { owner, after }: ResumeOptions, res?: NodeResponse) =>
      resume(await handleOf(owner).get(id), after, { res, onError })) as Chat['resume'],
    stop: stop as Chat['stop'],
    async history(id, { owner, ...query }) {
      const session = await handleOf(owner).get(id)
      return session ? readHistory(session, query) : []
    },
  }
}

/** The turn lasts until its answer has ended. */
function beginWith(
  session: Session,
  incoming: Incoming,
  settings: ChatSettings,
  { waitUntil, signal }: Omit<BeginOptions, 'owner'>,
): Promise<ChatTurn> {
  const began = Promise.withResolvers<ChatTurn>()
  const work = session.turn(
    async (turn) => {
      const answering: Answering = await beginTurn(session, turn, incoming, settings)
      const chatTurn = new ChatTurn(session.id, answering, settings)
      began.resolve(chatTurn)
      await chatTurn.ended
    },
    { onBusy: settings.onBusy, onRecover: recoverAnswer, ...(signal && { signal }) },
  )
  work.catch(began.reject)
  waitUntil?.(work)
  return began.promise
}

async function checkedRequest(body: unknown, settings: ChatSettings): Promise<Incoming> {
  const incoming = checkBody(body, settings.maxMessageChars)
  const { message } = incoming
  if (!settings.validate || message?.role !== 'user') return incoming
  try {
    return { ...incoming, message: (await settings.validate(message)) ?? message }
  } catch (cause) {
    throw refused('CHAT_MESSAGE_REFUSED', 'Correct the message: the application refuses it', cause)
  }
}

/** A user's message begins a chat; what is about something stored does not. */
async function openChat(handle: SessionHandle, { id, trigger, message }: Incoming): Promise<Session> {
  if (trigger === 'submit-message' && message?.role === 'user') {
    return (await handle.getOrCreate(id, { kind: 'chat' })).session
  }
  const session = await handle.get(id)
  if (!session)
    throw refused('CHAT_MESSAGE_UNKNOWN', 'Begin the chat with a message of the user: there is none with this id')
  return session
}
