import type { NeutralMessage, Session } from '@everthread/core'
import type { ChatSettings } from './chat-options.ts'
import { LentMessages } from './lent-messages.ts'

/** The session's context, by its recorded plan, as model messages. */
export async function contextOfTurn(
  session: Session,
  history: readonly NeutralMessage[],
  settings: Pick<ChatSettings, 'build' | 'tools' | 'legal' | 'memory'>,
): Promise<LentMessages> {
  const { messages: context } = await session.context.buildView(settings.build)
  // Legal as it is in the session's own form; what remains is how steps become messages.
  return new LentMessages(await settings.memory.modelMessages(context, history, settings))
}
