import type { NeutralMessage, Part } from '../../src/index.ts'

let count = 0
const id = (): string => `m${count++}`

export const counter = (text: string): number => text.length

export function user(content: string, extra: Partial<NeutralMessage> = {}): NeutralMessage {
  return { id: id(), role: 'user', parts: [{ type: 'text', content }], ...extra }
}

export function assistant(content: string, ...before: Part[]): NeutralMessage {
  return { id: id(), role: 'assistant', parts: [...before, { type: 'text', content }] }
}

export function system(content: string): NeutralMessage {
  return { id: id(), role: 'system', parts: [{ type: 'text', content }] }
}

export function thought(content: string, fields: Record<string, unknown> = {}): Part {
  return { type: 'reasoning', content, ...fields }
}

export interface Call {
  id?: string
  name?: string
  args?: unknown
  approval?: unknown
}

export function calls(...made: Call[]): NeutralMessage {
  const parts = made.map(({ name = 'find', args = {}, ...rest }): Part => {
    return { type: 'tool_call', name, arguments: args, ...rest }
  })
  return { id: id(), role: 'assistant', parts }
}

export function result(callId: string | undefined, response: unknown, name = 'find'): NeutralMessage {
  const part: Part = { type: 'tool_call_response', response, ...(callId !== undefined && { id: callId }) }
  return { id: id(), role: 'tool', name, parts: [part] }
}

/** A call with its result. */
export function step(callId: string, response: unknown, call: Call = {}): NeutralMessage[] {
  return [calls({ ...call, id: callId }), result(callId, response, call.name)]
}

/** What a model reads of the messages, each in one text. */
export function texts(messages: readonly NeutralMessage[]): string[] {
  return messages.map(({ parts }) =>
    parts
      .map((part) => {
        if (part.type === 'tool_call') return `call ${String(part.name)}`
        return String(part.type === 'tool_call_response' ? part.response : part.content)
      })
      .join('+'),
  )
}
