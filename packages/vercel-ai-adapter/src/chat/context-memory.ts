import type { NeutralMessage } from '@everthread/core'
import { pruneModelMessages } from '../context/prune-messages.ts'
import { StandingPlans } from '../context/standing-plans.ts'
import type { PlainUIMessage } from '../messages/from-neutral.ts'
import type { PlainModelMessage } from '../messages/model-message.ts'
import { NeutralMemory } from '../messages/neutral-memory.ts'
import { toModelMessages } from '../messages/to-model.ts'
import type { ToolsLike } from '../messages/tool-output.ts'
import { isToolPart } from '../messages/ui-message.ts'
import type { ChatSettings } from './chat-options.ts'
import { isSame } from './plain.ts'

/**
 * What a chat has made of the messages that it holds: a request makes it of what is new. Nobody may change what it
 * gives. It remembers nothing that others have let go.
 */
export class ContextMemory {
  /** Of the first steps of runs. */
  readonly stepPlans: StandingPlans = new StandingPlans()
  readonly #histories = new NeutralMemory()
  readonly #contexts = new NeutralMemory()
  readonly #models = new WeakMap<PlainUIMessage, readonly PlainModelMessage[]>()
  readonly #legalPlans = new StandingPlans()

  history(messages: readonly NeutralMessage[]): readonly PlainUIMessage[] {
    return this.#histories.read(messages)
  }

  /** A context as legal model messages; what of its results is not as in the history, no tool reads. */
  async modelMessages(
    context: readonly NeutralMessage[],
    history: readonly NeutralMessage[],
    { tools, legal }: Pick<ChatSettings, 'tools' | 'legal'>,
  ): Promise<readonly PlainModelMessage[]> {
    const messages = await this.#converted(this.#contexts.read(context), tools, () => cutResults(history, context))
    const previousPlan = this.#legalPlans.before(messages)
    const pruned = pruneModelMessages(messages, { ...legal, ...(previousPlan && { previousPlan }) })
    this.#legalPlans.note(messages, pruned.plan)
    return pruned.messages
  }

  async #converted(
    messages: readonly PlainUIMessage[],
    tools: ToolsLike | undefined,
    cutOf: () => ReadonlySet<unknown>,
  ): Promise<PlainModelMessage[]> {
    const converted: PlainModelMessage[] = []
    let cut: ReadonlySet<unknown> | undefined
    for (const message of messages) {
      let made = this.#models.get(message)
      if (!made) {
        if (message.parts.some(isToolPart)) cut ??= cutOf()
        const fresh = await toModelMessages([message], tools, cut)
        made = fresh.map(({ message: one }) => (one.role === 'system' ? asUser(one) : one))
        this.#models.set(message, made)
      }
      for (const one of made) converted.push(one)
    }
    return converted
  }
}

/** `ai` 7 refuses system messages among the others; what the server has to say goes into its instructions. */
const asUser = ({ content }: PlainModelMessage): PlainModelMessage => ({ role: 'user', content: `[System] ${content}` })

/** Calls whose results are not what the tools gave any more: no `toModelOutput` could read them. */
function cutResults(history: readonly NeutralMessage[], context: readonly NeutralMessage[]): ReadonlySet<unknown> {
  const stored = new Set(history)
  const edited = context.filter((message) => !stored.has(message))
  const responses = (messages: readonly NeutralMessage[]) =>
    messages.flatMap(({ parts }) => parts.filter(({ type }) => type === 'tool_call_response'))
  const changed = responses(edited)
  if (changed.length === 0) return new Set()
  const originals = new Map<unknown, unknown>()
  for (const part of responses(history)) originals.set(part.id, part.response)
  const cut = changed.filter((part) => !isSame(part.response, originals.get(part.id)))
  return new Set(cut.map(({ id }) => id))
}
