import type { PartView } from '@everthread/core/context'
import { contentOf, type ModelMessageLike, type ModelPart } from '../messages/model-message.ts'
import { type Fields, modalityOf } from '../messages/ui-message.ts'
import { readAs, readReasoning, unread } from './read-part.ts'

/** The parts of a model message, in their order; a text is one. */
export function modelSpotsOf(message: ModelMessageLike): PartView[] {
  const content = contentOf(message)
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  const ids = (type: string) => new Set(content.flatMap((part) => (part.type === type ? [part.toolCallId] : [])))
  const asked = ids('tool-approval-request')
  if (message.role !== 'assistant') {
    return content.map((part, at) => passed(readPart(part, asked), !isProvidersDenial(part, content[at - 1])))
  }
  const [called, given] = [ids('tool-call'), ids('tool-result')]
  return content.map((part) => {
    const { type, toolCallId: id, providerExecuted } = part
    if (type === 'tool-result') return passed(providersResult(part), called.has(id))
    const view = readPart(part, asked)
    // A provider's call that has to be allowed: its answer, and what it gives then, stand in other messages.
    return passed(view, type !== 'tool-call' || providerExecuted !== true || !asked.has(id) || given.has(id))
  })
}

/** `ai` 7 tells the model after the answer that a call, which is the provider's, was not run. */
function isProvidersDenial({ output }: ModelPart, before: ModelPart | undefined): boolean {
  if ((output as Fields | undefined)?.type !== 'execution-denied') return false
  return before?.type === 'tool-approval-response' && before.providerExecuted === true && before.approved === false
}

/** What goes as it came where its other half is elsewhere. */
const passed = (view: PartView, isWhole: boolean): PartView => (isWhole ? view : { kind: 'other', text: view.text })

function readPart(part: ModelPart, asked: ReadonlySet<unknown>): PartView {
  const { type, text, providerOptions } = part
  if (type === 'text') return { kind: 'text', text: typeof text === 'string' ? text : '' }
  if (type === 'reasoning') return readReasoning(text, providerOptions)
  if (type === 'reasoning-file') return { kind: 'reasoning', text: '', signed: true }
  if (type === 'image') return { kind: 'file', text: '', modality: 'image' }
  if (type === 'file') return { kind: 'file', text: '', modality: modalityOf(part.mediaType) }
  if (type === 'tool-call') return readCall(part, asked)
  if (type === 'tool-result') return readResult(part)
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

const providersResult = (part: ModelPart): PartView =>
  ({ ...readResult(part), providerExecuted: true, fixed: true }) as PartView

function readResult({ toolCallId: id, toolName: name, output }: ModelPart): PartView {
  const { type, value, reason } = (output ?? {}) as Fields
  const failed = type === 'error-text' || type === 'error-json' || type === 'execution-denied'
  const response = type === 'execution-denied' ? (reason ?? 'Tool call execution denied.') : value
  const status = failed ? 'error' : undefined
  const view = readAs({ type: 'tool_call_response', id, name, response, status })
  return type === 'content' && hasMore(value) ? ({ ...view, fixed: true } as PartView) : view
}

const hasMore = (value: unknown): boolean =>
  !Array.isArray(value) || value.some((block) => (block as Fields | null)?.type !== 'text')
