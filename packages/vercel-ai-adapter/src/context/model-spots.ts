import type { PartView } from '@everthread/core/context'
import { contentOf, type ModelMessageLike, type ModelPart } from '../messages/model-message.ts'
import { type Fields, modalityOf } from '../messages/ui-message.ts'
import { readAs, readReasoning, unread } from './read-part.ts'

/** The parts of a model message, in their order; a text is one. */
export function modelSpotsOf(message: ModelMessageLike): PartView[] {
  const content = contentOf(message)
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  const asked = askedIn(content)
  const isProviders = message.role === 'assistant'
  return content.map((part) => (part.type === 'tool-result' ? readResult(part, isProviders) : readPart(part, asked)))
}

/** Ids of the calls that need a user's approval. */
const askedIn = (content: readonly ModelPart[]): ReadonlySet<unknown> =>
  new Set(content.flatMap(({ type, toolCallId }) => (type === 'tool-approval-request' ? [toolCallId] : [])))

function readPart(part: ModelPart, asked: ReadonlySet<unknown>): PartView {
  const { type, text, providerOptions } = part
  if (type === 'text') return { kind: 'text', text: typeof text === 'string' ? text : '' }
  if (type === 'reasoning') return readReasoning(text, providerOptions)
  if (type === 'reasoning-file') return { kind: 'reasoning', text: '', signed: true }
  if (type === 'image') return { kind: 'file', text: '', modality: 'image' }
  if (type === 'file') return { kind: 'file', text: '', modality: modalityOf(part.mediaType) }
  if (type === 'tool-call') return readCall(part, asked)
  // No result, but what the next request runs or refuses the tool by.
  if (type === 'tool-approval-response') return { kind: 'other', text: part.approved === true ? 'approved' : 'denied' }
  return type === 'custom' ? { kind: 'other', text: String(part.kind) } : unread
}

function readCall(
  { toolCallId: id, toolName: name, input, providerExecuted }: ModelPart,
  asked: ReadonlySet<unknown>,
): PartView {
  const view = readAs({ type: 'tool_call', id, name, arguments: input })
  return {
    ...view,
    ...(asked.has(id) && { pending: true }),
    ...(providerExecuted === true && { providerExecuted: true }),
  } as PartView
}

function readResult({ toolCallId: id, toolName: name, output }: ModelPart, isProviders: boolean): PartView {
  const { type, value, reason } = (output ?? {}) as Fields
  const failed = type === 'error-text' || type === 'error-json' || type === 'execution-denied'
  const response = type === 'execution-denied' ? (reason ?? 'Tool call execution denied.') : value
  const status = failed ? 'error' : undefined
  const view = readAs({ type: 'tool_call_response', id, name, response, status })
  if (isProviders) return { ...view, providerExecuted: true, fixed: true } as PartView
  return type === 'content' && hasMore(value) ? ({ ...view, fixed: true } as PartView) : view
}

const hasMore = (value: unknown): boolean =>
  !Array.isArray(value) || value.some((block) => (block as Fields | null)?.type !== 'text')
