import type { Lens, MadeMessage, MessageView, Role } from '@everthread/core/context'
import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { editMessage, withFields } from './edit.ts'
import { callsOf, partsOf } from './spots.ts'

/**
 * Reads LangChain messages for `prune`, `checkLegality` and `repair` of `@everthread/core/context`.
 * `additional_kwargs.pinned` pins a message. Copies are of the message's own class.
 */
export const langchainLens: Lens<BaseMessage> = {
  name: 'langchain',
  results: 'after',
  read,
  edit: (message, edits) => editMessage(message, roleOf(message), edits),
  merge,
  make,
}

const roles: Record<string, Role> = {
  system: 'system',
  developer: 'system',
  ai: 'assistant',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
}

function roleOf(message: BaseMessage): Role {
  const type = message.getType()
  const name = type === 'generic' ? (message as { role?: unknown }).role : type
  return typeof name === 'string' && Object.hasOwn(roles, name) ? (roles[name] as Role) : 'user'
}

function read(message: BaseMessage): MessageView {
  const role = roleOf(message)
  const parts = partsOf(message, role)
  const view: MessageView = typeof message.id === 'string' ? { role, parts, id: message.id } : { role, parts }
  if (message.additional_kwargs?.pinned === true) view.pinned = true
  return view
}

function merge(first: BaseMessage, second: BaseMessage): BaseMessage {
  const calls = [...callsOf(first), ...callsOf(second)]
  return withFields(first, {
    content: joined(first.content, second.content),
    additional_kwargs: { ...second.additional_kwargs, ...first.additional_kwargs },
    ...(calls.length > 0 && { tool_calls: calls }),
  })
}

type Content = BaseMessage['content']

function joined(first: Content, second: Content): Content {
  if (typeof first === 'string' && typeof second === 'string') return [first, second].filter(Boolean).join('\n\n')
  return [...blocksOf(first), ...blocksOf(second)] as Content
}

function blocksOf(content: Content): unknown[] {
  if (typeof content !== 'string') return content
  return content === '' ? [] : [{ type: 'text', text: content }]
}

function make(made: MadeMessage): BaseMessage {
  const { id } = made
  if (made.role === 'user') return new HumanMessage({ id, content: made.text })
  if (made.role !== 'tool') return new AIMessage({ id, content: made.text })
  return new ToolMessage({ id, content: made.error, tool_call_id: made.callId ?? '', name: made.tool, status: 'error' })
}
