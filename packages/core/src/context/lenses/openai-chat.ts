import type { Lens, MadeMessage, MessageView, PartEdit, PartView, Role } from '../lens.ts'
import { isFailure, resultText } from './result-text.ts'

export interface OpenAIChatToolCall {
  id?: string
  type?: string
  function?: { name: string; arguments?: string }
  [extra: string]: unknown
}

/** A message as OpenAI's chat completions, and everyone compatible with them, take it. */
export interface OpenAIChatMessage {
  role: string
  content?: string | null | Record<string, unknown>[]
  tool_calls?: OpenAIChatToolCall[] | null
  tool_call_id?: string
  name?: string
  [extra: string]: unknown
}

/** Reads messages in OpenAI's chat form. The form has no place for pins: use the option `pinned`. */
export const openaiChatLens: Lens<OpenAIChatMessage> = {
  name: 'openai-chat',
  results: 'after',
  read: (message) => {
    const view: MessageView = { role: roleOf(message), parts: partsOf(message).map(({ view }) => view) }
    if (typeof message.id === 'string') view.id = message.id
    return view
  },
  edit,
  merge,
  make,
}

const roles: Record<string, Role> = {
  system: 'system',
  developer: 'system',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
}

const roleOf = ({ role }: OpenAIChatMessage): Role => (Object.hasOwn(roles, role) ? (roles[role] as Role) : 'user')

/** A part, and the field of the message that it stands in. */
interface Spot {
  field: 'reasoning_content' | 'reasoning_details' | 'content' | 'tool_calls'
  index: number
  view: PartView
}

function partsOf(message: OpenAIChatMessage): Spot[] {
  const spots: Spot[] = []
  const put = (field: Spot['field'], index: number, view: PartView) => spots.push({ field, index, view })
  const { content, reasoning_content, reasoning_details } = message
  const calls = message.tool_calls ?? []
  if (typeof reasoning_content === 'string') put('reasoning_content', 0, { kind: 'reasoning', text: reasoning_content })
  if (Array.isArray(reasoning_details)) put('reasoning_details', 0, { kind: 'reasoning', text: '', signed: true })
  if (roleOf(message) === 'tool') put('content', -1, readResult(message))
  else if (typeof content === 'string' && (content !== '' || calls.length === 0)) {
    put('content', -1, { kind: 'text', text: content })
  } else if (Array.isArray(content)) for (const [i, block] of content.entries()) put('content', i, readBlock(block))
  for (const [i, call] of calls.entries()) put('tool_calls', i, readCall(call))
  return spots
}

function readResult({ content, name, tool_call_id }: OpenAIChatMessage): PartView {
  const view: PartView = { kind: 'result', text: resultText(content) }
  if (tool_call_id !== undefined) view.callId = tool_call_id
  if (name !== undefined) view.tool = name
  if (isFailure({}, view.text)) view.failed = true
  return view
}

function readCall(call: OpenAIChatToolCall): PartView {
  const { name = '', arguments: args } = call.function ?? {}
  const view: PartView = { kind: 'call', text: `${name}${args ?? ''}`, tool: name, args }
  if (typeof call.id === 'string') view.callId = call.id
  return view
}

const modalities: Record<string, string> = { image_url: 'image', input_audio: 'audio', file: 'document' }

function readBlock(block: Record<string, unknown>): PartView {
  const { type, text, refusal } = block
  if (typeof text === 'string') return { kind: 'text', text }
  if (typeof refusal === 'string') return { kind: 'text', text: refusal }
  if (typeof type === 'string' && Object.hasOwn(modalities, type)) {
    return { kind: 'file', text: '', modality: modalities[type] as string }
  }
  return { kind: 'other', text: resultText(block) }
}

function edit(message: OpenAIChatMessage, edits: ReadonlyMap<number, PartEdit>): OpenAIChatMessage {
  const copy: OpenAIChatMessage = { ...message }
  const calls: OpenAIChatToolCall[] = []
  const blocks: Record<string, unknown>[] = []
  const told: Record<string, unknown>[] = []
  let sameContent = true
  for (const [i, { field, index, view }] of partsOf(message).entries()) {
    const { drop, text, callId } = edits.get(i) ?? {}
    const changes = drop || text !== undefined
    if (field === 'tool_calls') {
      const call = message.tool_calls?.[index] as OpenAIChatToolCall
      if (text !== undefined) told.push({ type: 'text', text })
      else if (!drop) calls.push(callId === undefined ? call : { ...call, id: callId })
    } else if (field === 'content') {
      if (changes) sameContent = false
      if (callId !== undefined) copy.tool_call_id = callId
      if (!drop) blocks.push(text === undefined ? blockAt(message, index, view) : { type: 'text', text })
    } else if (changes) delete copy[field]
  }
  if (calls.length > 0) copy.tool_calls = calls
  else delete copy.tool_calls
  // Content that no edit touches keeps its bytes.
  if (sameContent && told.length === 0 && (message.content || calls.length > 0)) return copy
  copy.content = contentOf([...blocks, ...told], Array.isArray(message.content), calls.length > 0)
  return copy
}

function blockAt({ content }: OpenAIChatMessage, index: number, { text }: PartView): Record<string, unknown> {
  return Array.isArray(content) && index >= 0 ? (content[index] as Record<string, unknown>) : { type: 'text', text }
}

type Content = NonNullable<OpenAIChatMessage['content']> | null

function contentOf(blocks: Record<string, unknown>[], listed: boolean, calls: boolean): Content {
  if (listed) return blocks
  if (blocks.length === 0) return calls ? null : ''
  return blocks.map(({ text }) => text).join('\n')
}

function merge(first: OpenAIChatMessage, second: OpenAIChatMessage): OpenAIChatMessage {
  const merged = { ...second, ...first }
  const contents = [first.content ?? '', second.content ?? ''].filter((content) => content.length > 0)
  if (contents.every((content) => typeof content === 'string')) merged.content = contents.join('\n\n')
  else
    merged.content = contents.flatMap((content) =>
      typeof content === 'string' ? [{ type: 'text', text: content }] : content,
    )
  const calls = [...(first.tool_calls ?? []), ...(second.tool_calls ?? [])]
  if (calls.length > 0) merged.tool_calls = calls
  return merged
}

function make(made: MadeMessage): OpenAIChatMessage {
  if (made.role !== 'tool') return { role: made.role, content: made.text }
  const { tool, callId, error } = made
  return { role: 'tool', ...(callId !== undefined && { tool_call_id: callId }), name: tool, content: error }
}
