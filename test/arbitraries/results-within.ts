import type { NeutralMessage, Part } from '@everthread/core'
import { type Lens, neutralLens, type PartEdit } from '@everthread/core/context'

/**
 * A format like the AI SDK's UIMessage: a call and its result are one part, and the lens reads it as two. Here the part
 * is a call with an `output`.
 */
export const withinLens: Lens<NeutralMessage> = {
  name: 'within',
  results: 'within',
  read: (message) => {
    const view = neutralLens.read(message)
    const parts = message.parts.flatMap((part, i) => {
      const own = view.parts[i]
      if (own?.kind !== 'call' || part.output === undefined) return own ? [own] : []
      const id = own.callId === undefined ? {} : { callId: own.callId }
      const provider = own.providerExecuted ? { providerExecuted: true } : {}
      return [own, { kind: 'result' as const, tool: own.tool, text: String(part.output), ...id, ...provider }]
    })
    return { ...view, parts }
  },
  edit: (message, edits) => {
    const { native: _, ...copy } = message
    let index = 0
    const parts = message.parts.flatMap((part): Part[] => {
      const own = edits.get(index++) ?? {}
      const result = part.type === 'tool_call' && part.output !== undefined ? (edits.get(index++) ?? {}) : {}
      return editPart(part, own, result)
    })
    return { ...copy, parts }
  },
  merge: neutralLens.merge,
  make: neutralLens.make,
}

function editPart(part: Part, own: PartEdit, result: PartEdit): Part[] {
  if (own.drop) return []
  if (own.text !== undefined) return [{ type: 'text', content: own.text }]
  const edited: Part = { ...part }
  if (own.callId !== undefined) edited.id = own.callId
  if (own.answer !== undefined) edited.output = own.answer
  if (result.text !== undefined) edited.output = result.text
  return [edited]
}

/** The same conversation with results in the messages of their calls; those without a call are left out. */
export function resultsWithin(history: readonly NeutralMessage[]): NeutralMessage[] {
  const messages: NeutralMessage[] = []
  for (const message of history) {
    const last = messages.at(-1)
    const own = message.parts.filter(({ type }) => type !== 'tool_call_response').map((part) => ({ ...part }))
    if (message.role !== 'tool') messages.push({ ...message, parts: own })
    else if (last?.role === 'assistant') for (const part of message.parts) answer(last, part)
  }
  return messages
}

function answer({ parts }: NeutralMessage, response: Part): void {
  const call = parts.find((part) => {
    return part.type === 'tool_call' && part.output === undefined && part.id === response.id
  })
  if (call && response.type === 'tool_call_response') call.output = String(response.response)
}
