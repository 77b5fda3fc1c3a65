import { type Session, type SessionHandle, SessionManager, type Store } from '@everthread/core'
import { answerUnderWay, beginTurn } from './begin-turn.ts'
import type { BeginOptions, Chat, OwnerOptions } from './chat.ts'
import { giveTitle, listChats } from './chat-list.ts'
import { type ChatOptions, type ChatSettings, checkChatOptions } from './chat-options.ts'
import { ChatTurn } from './chat-turn.ts'
import type { NodeResponse } from './client.ts'
import { readHistory } from './history.ts'
import { checkBody, type Incoming, refused } from './incoming.ts'
import { recoverAnswer } from './last-answer.ts'
import { answerWith, type ResumeOptions, resume } from './resume.ts'
import { siblingsOf } from './siblings.ts'

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
  const stop = async (id: string, { owner }: OwnerOptions, res?: NodeResponse) => {
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
    list: async (options) => listChats(handleOf(options.owner), options),
    async siblings(id, { owner }) {
      const session = await handleOf(owner).get(id)
      return session ? siblingsOf(session) : {}
    },
    async show(id, { owner, branch }) {
      const session = await handleOf(owner).get(id)
      if (!session) throw refused('SESSION_NOT_FOUND', 'There is no chat with this id: list the chats')
      const { onBusy } = settings
      await session.turn(() => session.branches.switch(branch), { onBusy: onBusy === 'interrupt' ? 'queue' : onBusy })
    },
  }
}

/** The turn lasts until its answer has ended. */
function beginWith(
  session: Session,
  incoming: Incoming,
  settings: ChatSettings,
  { waitUntil, ...turnOptions }: Omit<BeginOptions, 'owner'>,
): Promise<ChatTurn> {
  const began = Promise.withResolvers<ChatTurn>()
  const work = session.turn(
    async (turn) => {
      const answering = await beginTurn(session, turn, incoming, settings)
      // It asks no model: what was reserved is not spent.
      if (answering.repeated) turn.spent({ tokens: 0 })
      const chatTurn = new ChatTurn(session.id, answering, settings)
      began.resolve(chatTurn)
      await chatTurn.ended
    },
    { ...turnOptions, onBusy: settings.onBusy, onRecover: recoverAnswer },
  )
  work.catch(began.reject)
  const whole = work.then(() => giveTitle(session, settings))
  whole.catch(() => undefined)
  waitUntil?.(whole)
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
