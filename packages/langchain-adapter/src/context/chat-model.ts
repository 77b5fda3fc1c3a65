import { EverthreadError } from '@everthread/core'
import type { CompactionModel } from '@everthread/core/context'
import { type BaseMessage, HumanMessage } from '@langchain/core/messages'

/** What we use of a LangChain chat model. */
export interface ChatModel {
  invoke(messages: BaseMessage[], options?: { signal?: AbortSignal }): Promise<BaseMessage>
}

/**
 * A LangChain chat model as the one that writes summaries for `session.compact({ model })` and titles for
 * `SessionManager({ titles })`.
 *
 * @throws `MODEL_INVALID`
 */
export function chatModelWriter(model: ChatModel): CompactionModel {
  if (typeof model?.invoke !== 'function') {
    throw new EverthreadError('MODEL_INVALID', 'Give a LangChain chat model: it has a method "invoke"')
  }
  return async (prompt, { signal }) => (await model.invoke([new HumanMessage(prompt)], { signal })).text
}

/** The tokens that a model takes, where LangChain knows it. */
export function windowOf(model: unknown): number | undefined {
  const { profile } = (model ?? {}) as { profile?: { maxInputTokens?: unknown } }
  const window = profile?.maxInputTokens
  return typeof window === 'number' && Number.isSafeInteger(window) && window > 0 ? window : undefined
}
