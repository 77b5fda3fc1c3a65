import type { PartView } from '@everthread/core/context'
import {
  denialOf,
  isAnswered,
  isToolPart,
  modalityOf,
  STEP_START,
  toolNameOf,
  type UIPart,
} from '../messages/ui-message.ts'
import { readAs, readReasoning, unread } from './read-part.ts'

/** Which part of a message a view is of; of a tool's, which half. */
export interface UISpot {
  at: number
  half: 'whole' | 'call' | 'result'
  view: PartView
}

/** The parts of a message as the engine sees them: a tool's that has given something is two. */
export function uiSpotsOf(role: string, parts: readonly UIPart[]): UISpot[] {
  const open = parts.findLastIndex(isEnd)
  return parts.flatMap((part, at): UISpot[] => {
    if (role !== 'assistant' || !isToolPart(part)) return [{ at, half: 'whole', view: readPart(role, part) }]
    // Input that has not come whole is no call yet: no model hears of it.
    if (part.state === 'input-streaming') return [{ at, half: 'whole', view: unread }]
    const call: UISpot = { at, half: 'call', view: readCall(part, at > open) }
    return isAnswered(part) ? [call, { at, half: 'result', view: readResult(part) }] : [call]
  })
}

/** A mark with something after it for a model to read: whatever waited before it waits no more. */
function isEnd({ type }: UIPart, at: number, parts: readonly UIPart[]): boolean {
  if (type === 'steering-message') return true
  if (type !== STEP_START) return false
  return parts
    .slice(at + 1)
    .some((part) => part.type !== STEP_START && (isToolPart(part) || readPart('assistant', part) !== unread))
}

function readPart(role: string, part: UIPart): PartView {
  const { type, text, providerMetadata } = part
  if (type === 'text') return { kind: 'text', text: typeof text === 'string' ? text : '' }
  if (type === 'file' && role !== 'system') return { kind: 'file', text: '', modality: modalityOf(part.mediaType) }
  if (role !== 'assistant') return unread
  if (type === 'reasoning') return readReasoning(text, providerMetadata)
  if (type === 'reasoning-file') return { kind: 'reasoning', text: '', signed: true }
  if (type === 'custom') return { kind: 'other', text: String(part.kind) }
  if (type === 'steering-message') {
    return { kind: 'other', text: JSON.stringify(part.parts) ?? '', boundary: true }
  }
  return type === STEP_START ? { ...unread, boundary: true } : unread
}

function readCall(part: UIPart, isOpen: boolean): PartView {
  const { toolCallId, input, rawInput, state } = part
  const args = input === undefined && state === 'output-error' ? rawInput : input
  const view = readAs({ type: 'tool_call', id: toolCallId, name: toolNameOf(part), arguments: args })
  // Nobody has run what has just been allowed, or refused: the next request will.
  const waits = isOpen && (state === 'approval-requested' || state === 'approval-responded')
  return { ...view, ...(waits && { pending: true }), ...(isProviders(part) && { providerExecuted: true }) }
}

/** What is not allowed, or not yet, no provider has run. */
const isProviders = ({ providerExecuted, state }: UIPart): boolean =>
  providerExecuted === true && !['approval-requested', 'approval-responded', 'output-denied'].includes(String(state))

function readResult(part: UIPart): PartView {
  const { toolCallId, state, output, errorText } = part
  const response = state === 'output-error' ? errorText : state === 'output-denied' ? denialOf(part) : output
  const status = state === 'output-available' ? undefined : 'error'
  const view = readAs({ type: 'tool_call_response', id: toolCallId, name: toolNameOf(part), response, status })
  return isProviders(part) ? ({ ...view, providerExecuted: true, fixed: true } as PartView) : view
}
