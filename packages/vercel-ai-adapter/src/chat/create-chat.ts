import {
  EverthreadError,
  type Session,
  type SessionHandle,
  SessionManager,
  type Store,
  type Turn,
} from '@everthread/core'
import { fromNeutral, type PlainUIMessage } from '../messages/from-neutral.ts'
import { toNeutral } from '../messages/to-neutral.ts'
import type { UIMessageLike } from '../messages/ui-message.ts'
import { type ChatOptions, type ChatSettings, checkChatOptions } from './chat-options.ts'
import { ChatTurn } from './chat-turn.ts'
import { type Decision, decide } from './decide.ts'
import { checkBody, type Incoming, refused } from './incoming.ts'
import { lastAnswer, recoverAnswer, rememberAnswer } from './recover-answer.ts'

export interface BeginOptions {
  /** Whose chat it is: the user's id, as the server knows it. `null`: chats of nobody. */
  owner: string | null
  /** Keeps a serverless function alive until the answer is stored. */
  waitUntil?: (work: Promise<unknown>) => void
  /** Gives up waiting for a chat that is being answered. */
  signal?: AbortSignal
}

export interface HistoryOptions {
  owner: string | null
  /** Default: the branch that is seen. */
  branch?: string
  /** At most so many, the last ones. */
  limit?: number
  /** Only those before the message with this id. */
  before?: string
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
   * UI messages for the first render, oldest first; none of a chat that does not exist or is somebody else's.
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
  const handleOf = (owner: unknown): SessionHandle => {
    if (owner === undefined) throw refused('CHAT_REQUEST_INVALID', 'Say whose chat it is: { owner }')
    return owner === null ? sessions.asService('chat') : sessions.as({ userId: owner as string })
  }
  return {
    sessions,
    async begin(body, { owner, waitUntil, signal }) {
      const handle = handleOf(owner)
      const incoming = await checkedRequest(body, settings)
      const session = await openChat(handle, incoming)
      const began = Promise.withResolvers<ChatTurn>()
      const work = session.turn(
        async (turn) => {
          const chatTurn = await beginTurn(session, turn, incoming, settings)
          began.resolve(chatTurn)
          await chatTurn.ended
        },
        { onBusy: settings.onBusy, onRecover: recoverAnswer, ...(signal && { signal }) },
      )
      work.catch(began.reject)
      waitUntil?.(work)
      return began.promise
    },
    async history(id, { owner, branch, limit, before }) {
      const session = await handleOf(owner).get(id)
      if (!session) return []
      const messages = fromNeutral(await session.messages.list(branch === undefined ? {} : { branch }))
      return windowOf(messages, limit, before)
    },
  }
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

async function beginTurn(session: Session, turn: Turn, incoming: Incoming, settings: ChatSettings): Promise<ChatTurn> {
  const messages = fromNeutral(await turn.view())
  const decision = decide(incoming, { messages, tools: settings.tools, last: await lastAnswer(turn) })
  const fresh: PlainUIMessage = { id: settings.generateId(), role: 'assistant', parts: [] }
  const answer = 'answer' in decision ? decision.answer : fresh
  await takeIn(session, turn, decision, messages)
  if (decision.do !== 'repeat') {
    const target = incoming.trigger === 'regenerate-message' ? incoming.messageId : undefined
    rememberAnswer(turn, { id: answer.id, ...(target !== undefined && { target }) })
  }
  await turn.checkpoint()
  return new ChatTurn({ settings, session, turn, answer, repeated: decision.do === 'repeat' })
}

async function takeIn(
  session: Session,
  turn: Turn,
  decision: Decision,
  messages: readonly PlainUIMessage[],
): Promise<void> {
  if (decision.do === 'branch') await branchAfter(session, messages[decision.keep - 1])
  const message = decision.do === 'continue' ? decision.answer : 'message' in decision ? decision.message : undefined
  if (message) turn.append(...toNeutral([message as UIMessageLike]))
}

/** From here on the conversation is another one; the one before stays on its branch. */
async function branchAfter(session: Session, last: PlainUIMessage | undefined): Promise<void> {
  if (!last) return session.reset()
  const { name } = await session.branches.fork({ from: toNeutral([last]).at(-1)?.id ?? last.id })
  await session.branches.switch(name)
}

/** @throws `MESSAGE_NOT_FOUND`, `LIST_INVALID` */
function windowOf(messages: PlainUIMessage[], limit: number | undefined, before: string | undefined): PlainUIMessage[] {
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new EverthreadError('LIST_INVALID', 'Give limit as a whole number')
  }
  const end = before === undefined ? messages.length : messages.findIndex(({ id }) => id === before)
  if (end < 0) throw new EverthreadError('MESSAGE_NOT_FOUND', 'Load the chat again: it has no message with this id')
  return messages.slice(limit === undefined ? 0 : Math.max(0, end - limit), end)
}
