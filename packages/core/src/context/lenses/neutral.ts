import type { NeutralMessage } from '../../message/message.ts'
import { isPart, type Part } from '../../message/part.ts'
import type { Lens, MadeMessage, MessageView, PartEdit, PartView, Role } from '../lens.ts'
import { isFailure, resultText } from './result-text.ts'

/** Reads the messages of a session. `metadata.pinned` pins a message; a call with an `approval` waits until it is answered. */
export const neutralLens: Lens<NeutralMessage> = { name: 'neutral', results: 'after', read, edit, merge, make }

const roles: Record<string, Role> = {
  system: 'system',
  developer: 'system',
  assistant: 'assistant',
  ai: 'assistant',
  model: 'assistant',
  tool: 'tool',
  function: 'tool',
}

function read(message: NeutralMessage): MessageView {
  const role = Object.hasOwn(roles, message.role) ? (roles[message.role] as Role) : 'user'
  const view: MessageView = { role, parts: message.parts.map((part) => readPart(part, message.name)) }
  if (message.id !== undefined) view.id = message.id
  if (message.createdAt !== undefined) view.createdAt = message.createdAt
  if (message.metadata?.pinned === true) view.pinned = true
  return view
}

/**
 * Reads one part, for lenses of formats whose parts become neutral ones.
 *
 * @param name The tool's, where its message says it
 */
export function readPart(part: Part, name?: string): PartView {
  if (isPart(part, 'text')) return { kind: 'text', text: part.content }
  if (isPart(part, 'tool_call')) return readCall(part, isProviders(part))
  if (isPart(part, 'tool_call_response')) return readResult(part, part.response, name, isProviders(part))
  if (isPart(part, 'reasoning')) return readReasoning(part, part.content)
  if (part.type === 'redacted_thinking') return { kind: 'reasoning', text: '', signed: true, signer: 'anthropic' }
  if (isPart(part, 'blob') || isPart(part, 'file') || isPart(part, 'uri')) {
    return { kind: 'file', text: '', modality: part.modality }
  }
  if (part.type === 'server_tool_call' || part.type === 'server_tool_use') return readCall(part, true)
  if (/^server_tool_call_re|_tool_result$/.test(part.type)) return readResult(part, part, name, true)
  return { kind: 'other', text: /^(data-|source-|step-)/.test(part.type) ? '' : resultText(part) }
}

type Fields = Record<string, unknown>

function readCall(part: Fields, providerExecuted: boolean): PartView {
  const args = part.arguments ?? part.input ?? part.args
  const tool = typeof part.name === 'string' ? part.name : ''
  const view: PartView = { kind: 'call', text: `${tool}${resultText(args)}`, tool, args }
  if (typeof part.id === 'string') view.callId = part.id
  if (isPending(part)) view.pending = true
  if (providerExecuted) view.providerExecuted = true
  return view
}

function readResult(part: Fields, value: unknown, name: string | undefined, providerExecuted: boolean): PartView {
  const text = resultText(value)
  const callId = part.id ?? part.tool_use_id ?? part.toolCallId
  const tool = part.name ?? name
  const view: PartView = { kind: 'result', text }
  if (typeof callId === 'string') view.callId = callId
  if (typeof tool === 'string') view.tool = tool
  if (isFailure(part, text)) view.failed = true
  if (providerExecuted) Object.assign(view, { providerExecuted: true, fixed: true })
  return view
}

const isProviders = (part: Fields): boolean => part.provider_executed === true || part.providerExecuted === true

/** What was just allowed, or refused, waits too: for the request that runs it, or says so. */
function isPending({ approval, state }: Fields): boolean {
  return state === 'approval-requested' || (typeof approval === 'object' && approval !== null)
}

type Signer = 'openai' | 'anthropic' | 'gemini'

/** Which field carries whose signature. */
const signatures: Record<string, Signer> = {
  signature: 'anthropic',
  encrypted_content: 'openai',
  thought_signature: 'gemini',
  thoughtSignature: 'gemini',
}

function readReasoning(part: Fields, text: string): PartView {
  const field = Object.keys(signatures).find((name) => typeof part[name] === 'string' && part[name] !== '')
  if (field) return { kind: 'reasoning', text, signed: true, signer: signatures[field] as Signer }
  const signed = part.providerMetadata !== undefined
  return signed ? { kind: 'reasoning', text, signed } : { kind: 'reasoning', text }
}

function edit(message: NeutralMessage, edits: ReadonlyMap<number, PartEdit>): NeutralMessage {
  const parts: Part[] = []
  for (const [index, part] of message.parts.entries()) {
    const change = edits.get(index)
    if (!change?.drop) parts.push(change ? editPart(part, change) : part)
  }
  return withParts(message, parts)
}

function editPart(part: Part, { text, callId }: PartEdit): Part {
  const edited = callId === undefined ? part : { ...part, id: callId }
  if (text === undefined) return edited
  if (isPart(edited, 'text')) return { ...edited, content: text }
  if (edited.type === 'tool_call_response') return { ...edited, response: text }
  return { type: 'text', content: text }
}

/** `native` belongs to the parts as they were. */
function withParts({ native: _, ...message }: NeutralMessage, parts: Part[]): NeutralMessage {
  return { ...message, parts }
}

function merge(first: NeutralMessage, second: NeutralMessage): NeutralMessage {
  const merged = withParts(first, [...first.parts, ...second.parts])
  if (second.metadata?.pinned === true) merged.metadata = { ...first.metadata, pinned: true }
  return merged
}

function make(made: MadeMessage): NeutralMessage {
  if (made.role !== 'tool') return { id: made.id, role: made.role, parts: [{ type: 'text', content: made.text }] }
  const { id, tool, callId, error } = made
  const part: Part = { type: 'tool_call_response', response: error, status: 'error' }
  if (callId !== undefined) part.id = callId
  return { id, role: 'tool', name: tool, parts: [part] }
}
