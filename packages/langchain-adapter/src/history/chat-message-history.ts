import { EverthreadError, type Session } from '@everthread/core'
import { BaseListChatMessageHistory } from '@langchain/core/chat_history'
import type { BaseMessage } from '@langchain/core/messages'
import { isMessage } from '../messages/classes.ts'
import { fromNeutral } from '../messages/from-neutral.ts'
import { toPlainNeutral } from '../messages/to-neutral.ts'
import { SessionSource, type SessionSourceOptions } from './session-source.ts'

export type EverthreadChatMessageHistoryOptions = SessionSourceOptions

/**
 * A session's history as LangChain's chat history, for `RunnableWithMessageHistory` and for chains of your own. It is
 * always the whole history: what a model is sent is for `EverthreadMemory` and `contextMiddleware` to choose. With the
 * id of a graph's thread it is the messages of that graph, stored once.
 *
 * ```ts
 * new EverthreadChatMessageHistory({ store, sessionId: 'ada' })
 * ```
 *
 * Errors: `STORE_MISSING`, `OPTIONS_INVALID`, `SESSION_ID_MISSING`, `MESSAGE_INVALID`, `SESSION_EXISTS` for somebody
 * else's session, and those of the store.
 */
export class EverthreadChatMessageHistory extends BaseListChatMessageHistory {
  lc_namespace: string[] = ['everthread', 'chat_history']
  readonly #source: SessionSource

  constructor(options: EverthreadChatMessageHistoryOptions) {
    super()
    this.#source = new SessionSource(options, 'EverthreadChatMessageHistory')
  }

  override async getMessages(): Promise<BaseMessage[]> {
    return messagesOf(await this.#source.find())
  }

  override addMessage(message: BaseMessage): Promise<void> {
    return this.addMessages([message])
  }

  /** All or none, in one commit. Messages whose ids the history has are not added again. */
  override async addMessages(messages: BaseMessage[]): Promise<void> {
    await addTo(this.#source, messages)
  }

  /** A soft reset: the history reads empty from now on. `undoClear` brings it back, and `Session.undo`. */
  override async clear(): Promise<void> {
    await (await this.#source.find())?.reset({ mode: 'soft' })
  }

  /** Brings back what the last `clear` put away. Whether there was something. */
  async undoClear(): Promise<boolean> {
    const session = await this.#source.find()
    if (!session) return false
    for (let undone = await session.undo(); undone; undone = await session.undo()) {
      // Plans and compactions since then were made for what is no longer seen.
      if (undone.kind === 'reset') return true
    }
    return false
  }
}

export async function messagesOf(session: Session | undefined): Promise<BaseMessage[]> {
  return session ? (await session.messages.list()).map(fromNeutral) : []
}

/** @throws `MESSAGE_INVALID` */
export async function addTo(source: SessionSource, messages: readonly BaseMessage[]): Promise<void> {
  if (!Array.isArray(messages) || !messages.every(isMessage)) {
    throw new EverthreadError('MESSAGE_INVALID', 'Give LangChain messages, such as new HumanMessage("Hello")')
  }
  // As they are now: the caller may change them while the session is looked for.
  const neutral = messages.map(toPlainNeutral)
  if (neutral.length > 0) await (await source.get()).messages.append(neutral)
}
