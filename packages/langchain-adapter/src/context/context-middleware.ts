import type { SessionManager } from '@everthread/core'
import {
  type CompactionReceipt,
  type CompactionTriggers,
  type CompactOptions,
  checkCompactOptions,
  type Policies,
  type PruneOptions,
  prune,
  type Receipt,
  recommended,
} from '@everthread/core/context'
import type { BaseMessage } from '@langchain/core/messages'
import type { DynamicStructuredTool } from '@langchain/core/tools'
import { refuseUnknown, wrongOptions } from '../known-options.ts'
import { type ChatModel, chatModelWriter, windowOf } from './chat-model.ts'
import { langchainLens } from './lens.ts'
import { isContextOverflow } from './overflow.ts'
import { RECALL, recallTool } from './recall-tool.ts'
import { type ModelCall, threadOfCall, tokensForMessages, toolName } from './request.ts'
import { type BuildThread, SessionContexts, type ThreadContexts, TransientContexts } from './thread-contexts.ts'

export interface ContextMiddlewareOptions
  extends Pick<PruneOptions<BaseMessage>, 'window' | 'tokenCounter' | 'provider' | 'pinned' | 'tools' | 'replan'> {
  /** What makes the context smaller, in order. Default: `recommended` for the window, or for a smaller budget. */
  policy?: Policies
  /** The most tokens that a request may have, instructions and tools included. Default: 0.8 of the window. */
  budget?: number
  /** On the store and the tenant of the agent's saver: plans, and compactions, are kept with the thread. */
  sessions?: SessionManager
  /** Summarises what is old when it is due, into the view alone; needs `sessions`. */
  compaction?: ThreadCompaction
  /** Whether the model may ask for what was cleared. Default true. */
  recall?: boolean
  /** Hears what was done to each request, and what became of compactions. */
  onReceipt?(receipt: Receipt | CompactionReceipt, about: { threadId: string | undefined }): void
}

export interface ThreadCompaction
  extends Pick<CompactOptions, 'instructions' | 'keepRecent' | 'maxSummaryTokens' | 'timeout'> {
  /** Writes the summary. */
  model: ChatModel
  /** Default: more than 50 messages, or more than 0.7 of the window. */
  when?: CompactionTriggers
}

/** A middleware of `createAgent`. */
export interface ContextMiddleware {
  name: string
  tools: DynamicStructuredTool[]
  wrapModelCall<R extends ModelCall, T>(request: R, handler: (request: R) => T | Promise<T>): Promise<T>
}

/** Where neither the options nor the model tell the window. */
const WINDOW = 128_000
const SHARE = 0.8
/** Of the budget, when a provider still found the request too long. */
const HARDER = 0.5
/** What `recommended` takes at least. */
const LEAST_WINDOW = 100
/** How `createAgent` knows a middleware. */
const BRAND = Symbol.for('AgentMiddleware')

/**
 * Sends the model a context that fits and is legal, by policies, while the agent's state and the store keep everything.
 * A provider that finds a request too long gets a shorter one, once. When something was cleared, the model is offered a
 * tool to ask for it.
 *
 * ```ts
 * createAgent({ model, tools, checkpointer, middleware: [contextMiddleware({ budget: 32_000, sessions })] })
 * ```
 *
 * @throws `OPTIONS_INVALID`, `MODEL_INVALID`, `COMPACTION_INVALID`, and as `prune`
 */
export function contextMiddleware(options: ContextMiddlewareOptions = {}): ContextMiddleware {
  checkOptions(options)
  const { sessions, compaction } = options
  const contexts: ThreadContexts = sessions ? new SessionContexts(sessions) : new TransientContexts()
  const write = compaction && chatModelWriter(compaction.model)
  const tools = options.recall === false ? [] : [recallTool()]

  async function wrapModelCall<R extends ModelCall, T>(
    request: R,
    handler: (request: R) => T | Promise<T>,
  ): Promise<T> {
    const threadId = threadOfCall(request)
    const window = options.window ?? windowOf(request.model) ?? WINDOW
    const budget = options.budget ?? Math.floor(SHARE * window)
    const others = { ...request, tools: (request.tools ?? []).filter((tool) => toolName(tool) !== RECALL) }
    if (compaction && write) {
      const { tokenCounter } = options
      const due = { ...compaction, model: write, window, ...(tokenCounter && { tokenCounter }) }
      const receipt = await contexts.compact(threadId, due)
      if (receipt) options.onReceipt?.(receipt, { threadId })
    }
    const send = async (share: number): Promise<T> => {
      const tokens = tokensForMessages(request, share * budget, options.tokenCounter)
      const build = buildOf(options, { window, whole: budget, budget: tokens })
      const { messages, receipt } = await contexts.build(threadId, request.messages, build)
      options.onReceipt?.(receipt, { threadId })
      return handler({ ...(receipt.handles.length > 0 ? request : others), messages })
    }
    try {
      return await send(1)
    } catch (error) {
      if (!isContextOverflow(error)) throw error
      return send(HARDER)
    }
  }

  const middleware: ContextMiddleware = { name: 'everthread-context', tools, wrapModelCall }
  return Object.assign(middleware, { [BRAND]: true })
}

function buildOf(
  options: ContextMiddlewareOptions,
  { window, whole, budget }: { window: number; whole: number; budget: number },
): BuildThread {
  const {
    policy = recommended(Math.max(LEAST_WINDOW, Math.floor(Math.min(window, whole)))),
    tokenCounter,
    provider,
    pinned,
    tools,
    replan,
  } = options
  return {
    policy,
    window,
    budget,
    ...(tokenCounter && { tokenCounter }),
    ...(provider && { provider }),
    ...(pinned && { pinned }),
    ...(tools && { tools }),
    ...(replan && { replan }),
  }
}

const KNOWN = [
  ...['policy', 'budget', 'window', 'tokenCounter', 'provider', 'pinned', 'tools', 'replan'],
  ...['sessions', 'compaction', 'recall', 'onReceipt'],
]

function checkOptions(options: ContextMiddlewareOptions): void {
  refuseUnknown('contextMiddleware', options, KNOWN)
  const { window = WINDOW, sessions, compaction, recall, onReceipt } = options
  for (const name of ['budget', 'window'] as const) {
    const value = options[name]
    if (value !== undefined && !(Number.isFinite(value) && value > 0))
      throw wrongOptions(`Give ${name} as tokens above 0`)
  }
  const budget = options.budget ?? SHARE * window
  prune([], { ...buildOf(options, { window, whole: budget, budget }), lens: langchainLens })
  if (sessions && typeof sessions.asService !== 'function') throw wrongOptions('Give sessions as a SessionManager')
  if (recall !== undefined && typeof recall !== 'boolean') throw wrongOptions('Give recall as true or false')
  if (onReceipt !== undefined && typeof onReceipt !== 'function') throw wrongOptions('Give onReceipt as a function')
  if (!compaction) return
  if (!sessions) throw wrongOptions('Give sessions beside compaction: summaries are kept there')
  const { when: _, model, ...rest } = compaction
  checkCompactOptions({ ...rest, model: chatModelWriter(model) })
}
