import type { NeutralMessage, Session } from '@everthread/core'
import { pruneModelMessages } from '../context/prune-messages.ts'
import type { ContextMessage } from '../messages/context-message.ts'
import { fromNeutral } from '../messages/from-neutral.ts'
import type { PlainModelMessage } from '../messages/model-message.ts'
import { toModelMessages } from '../messages/to-model.ts'
import type { ChatSettings } from './chat-options.ts'
import { isSame } from './plain.ts'

/** The session's context, by its recorded plan, as model messages. */
export async function contextOfTurn(
  session: Session,
  history: readonly NeutralMessage[],
  settings: Pick<ChatSettings, 'build' | 'tools' | 'legal'>,
): Promise<ContextMessage[]> {
  const { messages: context } = await session.context.build(settings.build)
  const cut = cutResults(history, context)
  const converted = await toModelMessages(fromNeutral(context), settings.tools, cut)
  const messages = converted.map(({ message }) => (message.role === 'system' ? asUser(message) : message))
  // Legal as it is in the session's own form; what remains is how steps become messages.
  return pruneModelMessages(messages, settings.legal).messages as ContextMessage[]
}

/** `ai` 7 refuses system messages among the others; what the server has to say goes into its instructions. */
const asUser = ({ content }: PlainModelMessage): PlainModelMessage => ({ role: 'user', content: `[System] ${content}` })

/** Calls whose results are not what the tools gave any more: no `toModelOutput` could read them. */
function cutResults(history: readonly NeutralMessage[], context: readonly NeutralMessage[]): ReadonlySet<unknown> {
  const originals = new Map<unknown, unknown>()
  const responses = (messages: readonly NeutralMessage[]) =>
    messages.flatMap(({ parts }) => parts.filter(({ type }) => type === 'tool_call_response'))
  for (const part of responses(history)) originals.set(part.id, part.response)
  const cut = responses(context).filter((part) => !isSame(part.response, originals.get(part.id)))
  return new Set(cut.map(({ id }) => id))
}
