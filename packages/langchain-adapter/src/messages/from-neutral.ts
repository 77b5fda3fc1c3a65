import { EverthreadError, isPart, type NeutralMessage, type Part } from '@everthread/core'
import type { BaseMessage } from '@langchain/core/messages'
import { blockOfPart } from './blocks.ts'
import { classNamed, classOfRole, type MessageClass } from './classes.ts'
import { foreignContent } from './foreign-content.ts'
import { kwargsOfShape } from './lc-kwargs.ts'
import { FORMAT, type NativeData, readNative } from './native.ts'
import { callOfPart, USUAL_CALLS } from './tool-calls.ts'

type Fields = Record<string, unknown>

const nothing: NativeData = {}

/**
 * The LangChain message that a neutral one stands for: exactly the one it was made of, or, for a message from
 * elsewhere, the standard class and content blocks of its role and of those parts that a model reads: not the data,
 * sources and steps that the AI SDK has for a page. Takes the nested values over.
 *
 * @throws `MESSAGE_INVALID` for what is no neutral message, or has a native form that this version cannot read
 */
export function fromNeutral(neutral: NeutralMessage): BaseMessage {
  checkShape(neutral)
  const data = neutral.native?.format === FORMAT ? readNative(neutral.native.data) : nothing
  const cls = data.class === undefined ? classOfRole(neutral.role) : classNamed(data.class)
  if (!cls) {
    throw new EverthreadError(
      'MESSAGE_INVALID',
      `Update the adapter: it has no message class ${JSON.stringify(data.class)}`,
    )
  }
  const message = cls.make()
  fill(message as unknown as Fields, neutral, data, cls)
  return message
}

function checkShape(neutral: NeutralMessage): void {
  const { role, parts } = neutral ?? {}
  if (typeof role === 'string' && Array.isArray(parts) && parts.every((part) => typeof part?.type === 'string')) return
  throw new EverthreadError('MESSAGE_INVALID', 'Restore the message: it is not one with a role and typed parts')
}

function fill(message: Fields, neutral: NeutralMessage, data: NativeData, cls: MessageClass): void {
  const { id, name, parts } = neutral
  if (id !== undefined) message.id = id
  if (name !== undefined) message.name = name
  if ('role' in cls.blank) message.role = neutral.role
  if (cls.shape === 'response') fillResponse(message, parts)
  else if (data.blocks) message.content = data.blocks.map((way, i) => blockOfPart(parts[i] as Part, way))
  else fillForeign(message, parts, cls)
  if (cls.shape === 'calls') message.tool_calls = callsOf(parts, data.calls ?? USUAL_CALLS)
  if (data.fields) setFields(message, data.fields)
  if (data.absent) for (const key of data.absent) Reflect.deleteProperty(message, key)
  if (data.fields && Object.hasOwn(data.fields, 'lc_kwargs')) return
  message.lc_kwargs = kwargsOfShape(data.keys ?? usualKeys(cls, neutral), data.kwargs, message)
}

/** The arguments that a message has when nothing else is said. */
export function usualKeys(cls: MessageClass, { id, name }: NeutralMessage): string {
  return cls.keys[name === undefined ? (id === undefined ? 0 : 1) : id === undefined ? 2 : 3]
}

function fillResponse(message: Fields, parts: readonly Part[]): void {
  const part = parts.find((candidate) => isPart(candidate, 'tool_call_response'))
  if (!part) return
  if ('tool_call_id' in message && typeof part.id === 'string') message.tool_call_id = part.id
  const { response } = part
  message.content = isContent(response) ? response : textOfResponse(response)
}

/** Whether a tool's response can be the content of a message as it is. */
export function isContent(response: unknown): boolean {
  if (typeof response === 'string') return true
  return (
    Array.isArray(response) && response.every((block) => typeof block === 'object' && block !== null && 'type' in block)
  )
}

/** For a model to read: JSON as far as it goes. */
function textOfResponse(response: unknown): string {
  return JSON.stringify(response, (_, value) => (typeof value === 'bigint' ? String(value) : value)) ?? ''
}

function setFields(message: Fields, fields: Fields): void {
  for (const key of Object.keys(fields)) {
    const value = fields[key]
    // Assigned, it would change the class.
    if (key === '__proto__') Object.defineProperty(message, key, { value, enumerable: true, configurable: true })
    else message[key] = value
  }
}

/** Integrations know by the version how to read standard blocks. */
function fillForeign(message: Fields, parts: readonly Part[], cls: MessageClass): void {
  const { content, isStandard } = foreignContent(parts, cls.shape === 'calls')
  message.content = content
  if (isStandard) message.response_metadata = { output_version: 'v1' }
}

function callsOf(parts: readonly Part[], shape: string): unknown[] {
  const calls: unknown[] = []
  for (const part of parts) if (isPart(part, 'tool_call')) calls.push(callOfPart(part, shape))
  return calls
}
