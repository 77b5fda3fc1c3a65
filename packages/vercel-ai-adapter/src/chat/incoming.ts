import { EverthreadError } from '@everthread/core'
import { WRAPPER } from '../messages/part.ts'
import type { UIMessageLike, UIPart } from '../messages/ui-message.ts'
import { isPlain, isRecord } from './plain.ts'

/** What a client has sent, its form checked; nothing of it is believed yet. */
export interface Incoming {
  id: string
  trigger: 'submit-message' | 'regenerate-message'
  messageId: string | undefined
  /** What it is about: the last message. Undefined only for a regenerate. */
  message: UIMessageLike | undefined
  /** All that the client says there is. */
  messages: readonly UIMessageLike[]
}

export const refused = (code: string, message: string, cause?: unknown): EverthreadError =>
  new EverthreadError(code, message, cause === undefined ? {} : { cause })

/** @throws `CHAT_REQUEST_INVALID`, `CHAT_MESSAGE_REFUSED` */
export function checkBody(body: unknown, maxBytes: number): Incoming {
  if (!isRecord(body)) throw refused('CHAT_REQUEST_INVALID', 'Send a chat request as JSON: { id, messages, trigger }')
  const { id, trigger = 'submit-message', messageId, message, messages = message === undefined ? [] : [message] } = body
  if (typeof id !== 'string' || id === '') throw refused('CHAT_REQUEST_INVALID', 'Send the id of the chat as a text')
  if (trigger !== 'submit-message' && trigger !== 'regenerate-message') {
    throw refused('CHAT_REQUEST_INVALID', 'Send "submit-message" or "regenerate-message" as trigger')
  }
  if (messageId !== undefined && typeof messageId !== 'string') {
    throw refused('CHAT_REQUEST_INVALID', 'Send messageId as a text')
  }
  if (!Array.isArray(messages)) throw refused('CHAT_REQUEST_INVALID', 'Send messages as a list')
  for (const one of messages) checkShape(one)
  const known = messages as UIMessageLike[]
  if (new Set(known.map((one) => one.id)).size < known.length) {
    throw refused('CHAT_MESSAGE_REFUSED', 'Send each message once: two of them have the same id')
  }
  const last = known.at(-1)
  if (!last && trigger === 'submit-message') throw refused('CHAT_REQUEST_INVALID', 'Send the message to submit')
  if (last && JSON.stringify(last).length > maxBytes) {
    throw refused('CHAT_MESSAGE_REFUSED', `Send messages of at most ${maxBytes} characters, as JSON`)
  }
  if (last?.role === 'user') checkUserMessage(last)
  return { id, trigger, messageId, message: last, messages: known }
}

/** Ids with a tilde name pieces of messages in the store. */
const ID = /^[^~\u0000-\u001f\u007f]{1,200}$/

function checkShape(message: unknown): void {
  const wrong = (problem: string) => refused('CHAT_MESSAGE_REFUSED', `Correct the message: ${problem}`)
  if (!isRecord(message) || !Array.isArray(message.parts)) throw wrong('it must have an id, a role and parts')
  if (typeof message.id !== 'string' || !ID.test(message.id)) {
    throw wrong('its id must be a text of 1 to 200 characters, none of them a tilde')
  }
  if (message.role !== 'user' && message.role !== 'assistant') {
    throw wrong('its role must be "user" or "assistant"; what a system says is the server’s')
  }
  if (!message.parts.every((part) => isRecord(part) && typeof part.type === 'string')) {
    throw wrong('each of its parts must have a type')
  }
}

function checkUserMessage({ parts, metadata }: UIMessageLike): void {
  if (parts.length === 0) throw refused('CHAT_MESSAGE_REFUSED', 'Send a message with at least one part')
  for (const part of parts as readonly UIPart[]) {
    if (!isUsers(part)) {
      const type = String(part.type).slice(0, 40)
      throw refused('CHAT_MESSAGE_REFUSED', `Leave out the part "${type}": a user sends texts, files and data`)
    }
  }
  if (!isPlain([parts, metadata])) throw refused('CHAT_MESSAGE_REFUSED', 'Send messages as plain JSON')
}

function isUsers(part: UIPart): boolean {
  const { type, text, url, mediaType } = part
  if (type === 'text') return typeof text === 'string'
  if (type === 'file') return typeof url === 'string' && typeof mediaType === 'string'
  return type.startsWith('data-') && type !== WRAPPER && 'data' in part
}
