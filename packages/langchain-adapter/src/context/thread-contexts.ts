import type { CompactIfDue, SessionManager } from '@everthread/core'
import { type CompactionReceipt, type Pruned, type PruneOptions, type PrunePlan, prune } from '@everthread/core/context'
import type { BaseMessage } from '@langchain/core/messages'
import { langchainLens } from './lens.ts'

export type BuildThread = Omit<PruneOptions<BaseMessage>, 'lens' | 'previousPlan' | 'now'>

/** Makes the contexts of threads, and goes on from the plans that it made before. */
export interface ThreadContexts {
  build(
    threadId: string | undefined,
    messages: readonly BaseMessage[],
    options: BuildThread,
  ): Promise<Pruned<BaseMessage>>
  /** Undefined when it was not due. */
  compact(threadId: string | undefined, options: CompactIfDue): Promise<CompactionReceipt | undefined>
}

const plain = (messages: readonly BaseMessage[], options: BuildThread): Pruned<BaseMessage> =>
  prune(messages, { ...options, lens: langchainLens })

/** Plans and compactions in the thread's own session. */
export class SessionContexts implements ThreadContexts {
  readonly #sessions: SessionManager

  constructor(sessions: SessionManager) {
    this.#sessions = sessions
  }

  async build(
    threadId: string | undefined,
    messages: readonly BaseMessage[],
    options: BuildThread,
  ): Promise<Pruned<BaseMessage>> {
    if (threadId === undefined) return plain(messages, options)
    return this.#context(threadId).context.buildFrom(messages, { ...options, lens: langchainLens })
  }

  async compact(threadId: string | undefined, options: CompactIfDue): Promise<CompactionReceipt | undefined> {
    return threadId === undefined ? undefined : this.#context(threadId).compactIfDue(options)
  }

  #context(threadId: string): ReturnType<ReturnType<SessionManager['asService']>['open']> {
    return this.#sessions.asService('contextMiddleware').open(threadId)
  }
}

const THREADS = 100

/** Plans of this process alone, for agents without sessions. */
export class TransientContexts implements ThreadContexts {
  readonly #plans = new Map<string, PrunePlan>()

  async build(
    threadId: string | undefined,
    messages: readonly BaseMessage[],
    options: BuildThread,
  ): Promise<Pruned<BaseMessage>> {
    if (threadId === undefined) return plain(messages, options)
    const previousPlan = this.#plans.get(threadId)
    const pruned = prune(messages, { ...options, lens: langchainLens, ...(previousPlan && { previousPlan }) })
    this.#keep(threadId, pruned.plan)
    return pruned
  }

  async compact(): Promise<undefined> {}

  #keep(threadId: string, plan: PrunePlan): void {
    this.#plans.delete(threadId)
    this.#plans.set(threadId, plan)
    for (const oldest of this.#plans.keys()) {
      if (this.#plans.size <= THREADS) break
      this.#plans.delete(oldest)
    }
  }
}
