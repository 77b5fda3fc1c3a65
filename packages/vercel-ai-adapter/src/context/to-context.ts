import type { PrunePlan, Receipt } from '@everthread/core/context'
import type { ContextMessage } from '../messages/context-message.ts'
import type { PlainModelMessage } from '../messages/model-message.ts'
import { toModelMessages } from '../messages/to-model.ts'
import type { ToolsLike } from '../messages/tool-output.ts'
import type { Fields, UIMessageLike } from '../messages/ui-message.ts'
import { type PruneMessagesOptions, pruneModelMessages } from './prune-messages.ts'

export interface ContextOptions<M extends UIMessageLike>
  extends Omit<PruneMessagesOptions<PlainModelMessage>, 'tools' | 'pinned'> {
  /** The tools of the chat: their `toModelOutput` says what a model reads of what they gave. */
  tools?: ToolsLike
  /** How long the results of a tool matter, by its name: the option `tools` of `prune`. */
  retention?: PruneMessagesOptions<PlainModelMessage>['tools']
  /** Which UI messages may not be cut: their ids or places, or a test; and those whose `metadata.pinned` is true. */
  pinned?: readonly (string | number)[] | ((message: M, place: number) => boolean)
}

export interface ModelContext {
  /** For `streamText`. No system message is among them: `ai` 7 refuses those. */
  messages: ContextMessage[]
  /** What system messages say; undefined when there is none. For `instructions` (`system` in `ai` 6). */
  instructions: string | undefined
  /** Of the model messages. */
  plan: PrunePlan
  receipt: Receipt
}

/**
 * The context of a conversation: model messages within the budget, legal for the provider. Tools say first what a model
 * reads of their results; what is cut then is that.
 *
 * @throws as `prune` of `@everthread/core/context`
 */
export async function toContext<M extends UIMessageLike>(
  messages: readonly M[],
  options: ContextOptions<M> = {},
): Promise<ModelContext> {
  const { tools, retention, pinned, ...rest } = options
  const converted = await toModelMessages(messages, tools)
  const isPinned = pinTest(pinned)
  const {
    messages: context,
    plan,
    receipt,
  } = pruneModelMessages(
    converted.map(({ message }) => message),
    {
      ...rest,
      ...(retention && { tools: retention }),
      pinned: (_, place) => {
        const at = converted[place]?.from as number
        return isPinned(messages[at] as M, at)
      },
    },
  )
  const system = context.filter(({ role }) => role === 'system').map(({ content }) => content)
  return {
    messages: context.filter(({ role }) => role !== 'system') as ContextMessage[],
    instructions: system.length > 0 ? system.join('\n\n') : undefined,
    plan,
    receipt,
  }
}

function pinTest<M extends UIMessageLike>(pinned: ContextOptions<M>['pinned']): (message: M, place: number) => boolean {
  const says =
    typeof pinned === 'function' ? pinned : (message: M, place: number) => names.has(message.id) || names.has(place)
  const names = new Set<string | number>(typeof pinned === 'function' ? [] : pinned)
  return (message, place) => (message.metadata as Fields | null | undefined)?.pinned === true || says(message, place)
}
