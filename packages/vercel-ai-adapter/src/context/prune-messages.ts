import { type Lens, type Pruned, type PruneOptions, prune } from '@everthread/core/context'
import type { ModelMessageLike } from '../messages/model-message.ts'
import type { UIMessageLike } from '../messages/ui-message.ts'
import { modelMessageLens } from './model-lens.ts'
import { uiMessageLens } from './ui-lens.ts'

/** What `prune` of `@everthread/core/context` takes, but for the lens. */
export type PruneMessagesOptions<M> = Omit<PruneOptions<M>, 'lens'>

/**
 * Makes a context of UI messages: within the budget, legal for the provider, with what must stay (approvals that are
 * open or just given, signatures, what is pinned). The messages are not touched.
 *
 * @throws as `prune` of `@everthread/core/context`
 */
export function pruneUIMessages<M extends UIMessageLike>(
  messages: readonly M[],
  options: PruneMessagesOptions<M> = {},
): Pruned<M> {
  return prune(messages, { ...options, lens: uiMessageLens as unknown as Lens<M> })
}

/**
 * The same of model messages, or of a language model's prompt.
 *
 * @throws as `prune` of `@everthread/core/context`
 */
export function pruneModelMessages<M extends ModelMessageLike>(
  messages: readonly M[],
  options: PruneMessagesOptions<M> = {},
): Pruned<M> {
  return prune(messages, { ...options, lens: modelMessageLens as unknown as Lens<M> })
}
