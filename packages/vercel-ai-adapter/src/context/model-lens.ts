import type { Lens, MadeMessage, PartEdit, Role } from '@everthread/core/context'
import { contentOf, type ModelMessageLike, type ModelPart, modelPartsOf } from '../messages/model-message.ts'
import type { Fields } from '../messages/ui-message.ts'
import { modelSpotsOf } from './model-spots.ts'

/** Reads model messages, and the messages of a language model's prompt, for the context engine. */
export const modelMessageLens: Lens<ModelMessageLike> = {
  name: 'ai-sdk-model',
  results: 'after',
  read: (message) => ({ role: roleOf(message), parts: modelSpotsOf(message) }),
  edit,
  merge,
  make,
}

function roleOf({ role }: ModelMessageLike): Role {
  return role === 'system' || role === 'assistant' || role === 'tool' ? role : 'user'
}

function edit(message: ModelMessageLike, edits: ReadonlyMap<number, PartEdit>): ModelMessageLike {
  const content = contentOf(message)
  if (typeof content === 'string') {
    const { drop, text } = edits.get(0) ?? {}
    return { ...message, content: drop ? '' : (text ?? content) }
  }
  const gone = new Set<unknown>()
  const renamed = new Map<unknown, string>()
  for (const [at, { drop, text, callId }] of edits) {
    const part = content[at]
    if (part?.type !== 'tool-call') continue
    if (drop || text !== undefined) gone.add(part.toolCallId)
    if (callId !== undefined) renamed.set(part.toolCallId, callId)
  }
  const edited = content.flatMap((part, at): ModelPart[] => {
    if (part.type !== 'tool-approval-request') return editPart(part, edits.get(at) ?? {})
    // A question about a call that is not there would be answered by nothing.
    if (gone.has(part.toolCallId)) return []
    const callId = renamed.get(part.toolCallId)
    return [callId === undefined ? part : { ...part, toolCallId: callId }]
  })
  return { ...message, content: edited }
}

function editPart(part: ModelPart, { drop, text, callId }: PartEdit): ModelPart[] {
  if (drop) return []
  const named = callId === undefined ? part : { ...part, toolCallId: callId }
  if (text === undefined) return [named]
  if (part.type === 'text') return [{ ...named, text }]
  return [part.type === 'tool-result' ? { ...named, output: textOutput(named, text) } : { type: 'text', text }]
}

function textOutput({ output }: ModelPart, value: string): Fields {
  const { type } = output as Fields
  return { type: type === 'error-text' || type === 'error-json' ? 'error-text' : 'text', value }
}

function merge(first: ModelMessageLike, second: ModelMessageLike): ModelMessageLike {
  const { providerOptions } = second as { providerOptions?: object }
  const own = (first as { providerOptions?: object }).providerOptions
  const options = providerOptions === undefined ? {} : { providerOptions: { ...providerOptions, ...own } }
  return { ...first, ...options, content: [...modelPartsOf(first), ...modelPartsOf(second)] }
}

function make(made: MadeMessage): ModelMessageLike {
  if (made.role !== 'tool') return { role: made.role, content: parts({ type: 'text', text: made.text }) }
  const { id, tool, callId = id, error } = made
  const output = { type: 'error-text', value: error }
  return { role: 'tool', content: parts({ type: 'tool-result', toolCallId: callId, toolName: tool, output }) }
}

const parts = (part: ModelPart): ModelPart[] => [part]
