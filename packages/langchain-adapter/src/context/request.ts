import { budgetFor, estimateTokens, type TokenCounter } from '@everthread/core/context'
import type { BaseMessage, SystemMessage } from '@langchain/core/messages'
import { convertToOpenAITool } from '@langchain/core/utils/function_calling'

/** What we use of the request that `createAgent` hands to a middleware. */
export interface ModelCall {
  model: unknown
  messages: BaseMessage[]
  systemMessage?: SystemMessage
  tools?: readonly unknown[]
  runtime?: { configurable?: { thread_id?: unknown } }
}

export function threadOfCall({ runtime }: ModelCall): string | undefined {
  const thread = runtime?.configurable?.thread_id
  return thread === undefined || thread === null || thread === '' ? undefined : String(thread)
}

export const toolName = (tool: unknown): unknown =>
  (tool as { name?: unknown; function?: { name?: unknown } } | null)?.name ??
  (tool as { function?: { name?: unknown } } | null)?.function?.name

/**
 * What a request's tokens leave for messages, beside instructions and the definitions of tools.
 *
 * @throws `BUDGET_INVALID` when they leave nothing
 */
export function tokensForMessages(
  { systemMessage, tools = [] }: ModelCall,
  tokens: number,
  tokenCounter: TokenCounter = estimateTokens,
): number {
  const definitions = tools.length === 0 ? {} : { tools: tools.map(definitionOf) }
  const instructions = systemMessage?.text ?? ''
  return budgetFor(undefined, { window: Math.floor(tokens), reserve: 0, instructions, ...definitions, tokenCounter })
    .tokens
}

const definitions = new WeakMap<object, unknown>()

/** As a provider is told of it. What is no tool of LangChain's is a provider's own definition already. */
function definitionOf(tool: unknown): unknown {
  if (typeof tool !== 'object' || tool === null || !('invoke' in tool)) return tool
  if (!definitions.has(tool)) {
    definitions.set(tool, convertToOpenAITool(tool as Parameters<typeof convertToOpenAITool>[0]))
  }
  return definitions.get(tool)
}
