import type { OpenAIChatMessage } from '@everthread/core/context'
import {
  AIMessage,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
  trimMessages,
} from '@langchain/core/messages'
import { FakeListChatModel } from '@langchain/core/utils/testing'
import { type ModelMessage, pruneMessages } from 'ai'
import { ClearToolUsesEdit } from 'langchain'
import { tokensOf } from './measure.ts'

/** How others make a context, with the numbers that their documentation advises. */
export type Pruner = (history: readonly OpenAIChatMessage[], budget: number) => Promise<OpenAIChatMessage[]>

const countTokens = (messages: BaseMessage[]): number => tokensOf(messages.map(fromLangChain))

/** Asked only for its window, which these numbers do not need. */
const model = new FakeListChatModel({ responses: [] })

export const peers: Record<string, Pruner> = {
  'the history as it is': async (history) => [...history],
  'LangChain trimMessages': async (history, budget) => {
    const options = { maxTokens: budget, tokenCounter: countTokens, includeSystem: true, startOn: 'human' as const }
    const kept = await trimMessages(history.map(toLangChain), { ...options, strategy: 'last' })
    // A system message above the budget leaves a hole in its place.
    return kept.filter((message) => message !== undefined).map(fromLangChain)
  },
  'LangChain ClearToolUsesEdit': async (history, budget) => {
    const messages = history.map(toLangChain)
    await new ClearToolUsesEdit({ trigger: { tokens: budget }, keep: { messages: 3 } }).apply({
      messages,
      countTokens,
      model,
    })
    return messages.map(fromLangChain)
  },
  'AI SDK pruneMessages': async (history) => {
    const messages = history.map(toModelMessage)
    const kept = pruneMessages({
      messages,
      toolCalls: 'before-last-3-messages',
      reasoning: 'all',
      emptyMessages: 'remove',
    })
    return kept.map(fromModelMessage)
  },
}

function toLangChain({ role, content, tool_calls, tool_call_id, name }: OpenAIChatMessage): BaseMessage {
  const text = (content ?? '') as string
  if (role === 'system') return new SystemMessage(text)
  if (role === 'user') return new HumanMessage(text)
  if (role === 'tool') return new ToolMessage({ content: text, tool_call_id: tool_call_id ?? '', name: name ?? '' })
  const calls = (tool_calls ?? []).map(({ id, function: made }) => {
    return {
      id: id ?? '',
      name: made?.name ?? '',
      args: JSON.parse(made?.arguments ?? '{}'),
      type: 'tool_call' as const,
    }
  })
  return new AIMessage({ content: text, tool_calls: calls })
}

function fromLangChain(message: BaseMessage): OpenAIChatMessage {
  const content = message.content as string
  if (ToolMessage.isInstance(message)) {
    return { role: 'tool', tool_call_id: message.tool_call_id, name: message.name ?? '', content }
  }
  if (!AIMessage.isInstance(message)) return { role: message.getType() === 'system' ? 'system' : 'user', content }
  const calls = (message.tool_calls ?? []).map(({ id, name, args }) => callOf(id ?? '', name, args))
  return calls.length > 0 ? { role: 'assistant', content, tool_calls: calls } : { role: 'assistant', content }
}

function callOf(id: string, name: string, args: unknown) {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(args) } }
}

function toModelMessage({ role, content, tool_calls, tool_call_id, name }: OpenAIChatMessage): ModelMessage {
  const text = (content ?? '') as string
  if (role === 'system' || role === 'user') return { role, content: text }
  if (role === 'tool') {
    const output = { type: 'text' as const, value: text }
    return { role, content: [{ type: 'tool-result', toolCallId: tool_call_id ?? '', toolName: name ?? '', output }] }
  }
  const said = text === '' ? [] : [{ type: 'text' as const, text }]
  const calls = (tool_calls ?? []).map(({ id, function: made }) => ({
    ...{ type: 'tool-call' as const, toolCallId: id ?? '', toolName: made?.name ?? '' },
    input: JSON.parse(made?.arguments ?? '{}') as unknown,
  }))
  return { role: 'assistant', content: [...said, ...calls] }
}

function fromModelMessage(message: ModelMessage): OpenAIChatMessage {
  const { role, content } = message
  if (typeof content === 'string') return { role, content }
  const text = content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
  if (role === 'tool') {
    const result = content.find((part) => part.type === 'tool-result')
    if (result?.type !== 'tool-result' || result.output.type !== 'text') return { role, content: '' }
    return { role, tool_call_id: result.toolCallId, name: result.toolName, content: result.output.value }
  }
  const calls = content.flatMap((part) => {
    return part.type === 'tool-call' ? [callOf(part.toolCallId, part.toolName, part.input)] : []
  })
  return calls.length > 0 ? { role, content: text, tool_calls: calls } : { role, content: text }
}
