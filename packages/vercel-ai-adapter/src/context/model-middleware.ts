import type { ModelMessageLike } from '../messages/model-message.ts'
import { type PruneMessagesOptions, pruneModelMessages } from './prune-messages.ts'

/** A `LanguageModelMiddleware` of `ai` 6 and 7. */
export interface ContextMiddleware {
  readonly specificationVersion: 'v3'
  transformParams<P extends { prompt: ModelMessageLike[] }>(call: { params: P }): Promise<P>
}

/**
 * For `wrapLanguageModel`, as the last cap: whatever is sent to the model is within the budget and legal.
 *
 * @throws as `prune` of `@everthread/core/context`, when the model is called
 */
export function contextModelMiddleware(options: PruneMessagesOptions<ModelMessageLike> = {}): ContextMiddleware {
  return {
    specificationVersion: 'v3',
    async transformParams({ params }) {
      return { ...params, prompt: pruneModelMessages(params.prompt, options).messages }
    },
  }
}
