import type { PlainUIMessage } from '../messages/from-neutral.ts'
import type { ToolsLike } from '../messages/tool-output.ts'
import type { UIMessageLike } from '../messages/ui-message.ts'
import { type Incoming, refused } from './incoming.ts'
import type { LastAnswer } from './last-answer.ts'
import { mergedAnswer } from './merge-answer.ts'
import { isSame } from './plain.ts'

/** What a request comes to. */
export type Decision =
  /** A message behind the others; or one of them for the first time answered. */
  | { do: 'answer'; message?: UIMessageLike }
  /** On a branch of its own, after the messages up to `keep`: an edited message, or another answer. */
  | { do: 'branch'; keep: number; message?: UIMessageLike }
  /** The stored answer goes on, with what the client added. */
  | { do: 'continue'; answer: PlainUIMessage }
  /** It was answered already; the client knows the first parts of the answer, if any. */
  | { do: 'repeat'; answer: PlainUIMessage; known?: number }

export interface Known {
  /** The conversation as it is seen. */
  messages: readonly PlainUIMessage[]
  tools: ToolsLike | undefined
  last: LastAnswer | undefined
}

/** @throws `CHAT_MESSAGE_REFUSED`, `CHAT_MESSAGE_UNKNOWN` */
export function decide(incoming: Incoming, known: Known): Decision {
  for (const sent of incoming.messages) {
    const stored = sent.role === 'assistant' && sent !== incoming.message && byId(known, sent.id)
    if (stored && stored.role === 'assistant') mergedAnswer(stored, sent, known.tools)
  }
  if (incoming.trigger === 'regenerate-message') return decideRegenerate(incoming, known)
  const message = incoming.message as UIMessageLike
  return message.role === 'user' ? decideUser(incoming, message, known) : decideAnswer(message, known)
}

const byId = ({ messages }: Known, id: string): PlainUIMessage | undefined => messages.find((one) => one.id === id)

function decideUser({ messageId }: Incoming, message: UIMessageLike, { messages }: Known): Decision {
  const edited = messageId === undefined ? -1 : messages.findIndex(({ id }) => id === messageId)
  const own = messages.findIndex(({ id }) => id === message.id)
  const at = own >= 0 ? own : edited
  const stored = messages[at]
  if (!stored) return { do: 'answer', message }
  if (stored.role !== 'user') throw refused('CHAT_MESSAGE_REFUSED', 'Edit messages of the user only')
  if (own < 0 || !isSame(message.parts, stored.parts)) return { do: 'branch', keep: at, message }
  const answer = messages[at + 1]
  if (!answer) return { do: 'answer' }
  if (answer.role === 'assistant') return { do: 'repeat', answer }
  // Nobody has answered it, and the conversation went on: it was taken in.
  throw refused('CHAT_MESSAGE_REFUSED', 'Load the chat again: the message is stored, and others follow it')
}

function decideAnswer(sent: UIMessageLike, known: Known): Decision {
  const stored = byId(known, sent.id)
  if (stored?.role !== 'assistant') {
    throw refused('CHAT_MESSAGE_UNKNOWN', 'Send messages of the user: the chat has no answer with this id')
  }
  const answer = mergedAnswer(stored, sent, known.tools)
  const isOpen = stored === known.messages.at(-1) && stored.id === known.last?.id && known.last.outcome === undefined
  // Taken in before, but nobody went on with it.
  if (!answer)
    return isOpen ? { do: 'continue', answer: stored } : { do: 'repeat', answer: stored, known: sent.parts.length }
  if (stored !== known.messages.at(-1)) {
    throw refused('CHAT_MESSAGE_REFUSED', 'Load the chat again: the conversation has gone on after this answer')
  }
  return { do: 'continue', answer }
}

function decideRegenerate({ messageId }: Incoming, { messages, last }: Known): Decision {
  const target = messageId ?? messages.findLast(({ role }) => role === 'assistant')?.id ?? messages.at(-1)?.id
  const at = messages.findIndex(({ id }) => id === target)
  const answered = messages.find(({ id }) => id === last?.id)
  if (at < 0 && answered && last?.target === target) return { do: 'repeat', answer: answered }
  const stored = messages[at]
  if (!stored) throw refused('CHAT_MESSAGE_UNKNOWN', 'Load the chat again: it has no message with this id')
  const keep = stored.role === 'assistant' ? at : at + 1
  if (keep === 0) throw refused('CHAT_MESSAGE_REFUSED', 'Nothing was asked that could be answered again')
  return keep === messages.length ? { do: 'answer' } : { do: 'branch', keep }
}
