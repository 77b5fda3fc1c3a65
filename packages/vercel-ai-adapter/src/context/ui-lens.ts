import type { Lens, MadeMessage, MessageView, Role } from '@everthread/core/context'
import { type Fields, partsOf, STEP_START, toolType, type UIMessageLike, type UIPart } from '../messages/ui-message.ts'
import { editUIMessage } from './ui-edit.ts'
import { uiSpotsOf } from './ui-spots.ts'

/**
 * Reads UI messages for the context engine. `metadata.pinned` pins a message, `metadata.createdAt` (a number) tells its
 * time.
 */
export const uiMessageLens: Lens<UIMessageLike> = {
  name: 'ai-sdk-ui',
  results: 'within',
  read,
  edit: editUIMessage,
  merge,
  make,
}

function read(message: UIMessageLike): MessageView {
  const { id, role } = message
  const known = role === 'system' || role === 'assistant' ? role : 'user'
  const view: MessageView = {
    role: known satisfies Role,
    parts: uiSpotsOf(role, partsOf(message)).map(({ view }) => view),
  }
  if (typeof id === 'string') view.id = id
  const { pinned, createdAt } = (message.metadata ?? {}) as Fields
  if (pinned === true) view.pinned = true
  if (typeof createdAt === 'number') view.createdAt = createdAt
  return view
}

function merge(first: UIMessageLike, second: UIMessageLike): UIMessageLike {
  const parts = [...partsOf(first), ...(first.role === 'assistant' ? asStep(first, partsOf(second)) : partsOf(second))]
  const pinned = (second.metadata as Fields | undefined)?.pinned === true
  return { ...first, parts, ...(pinned && { metadata: { ...(first.metadata as Fields | undefined), pinned } }) }
}

/**
 * A step of its own, so that the results of the first message's tools stand before what the second one says; but what
 * reasoning has led to belongs to its step.
 */
function asStep(first: UIMessageLike, parts: readonly UIPart[]): readonly UIPart[] {
  const marked = parts[0]?.type === STEP_START
  const views = uiSpotsOf(first.role, partsOf(first)).map(({ view }) => view)
  const onlyReasoning = views.every(({ kind, text }) => kind === 'reasoning' || (kind === 'other' && text === ''))
  if (onlyReasoning) return marked ? parts.slice(1) : parts
  return marked ? parts : [{ type: STEP_START }, ...parts]
}

function make(made: MadeMessage): UIMessageLike {
  if (made.role !== 'tool') return { id: made.id, role: made.role, parts: [textPart(made.text)] }
  const { id, tool, callId = id, error } = made
  const part = { ...toolType(tool, true), toolCallId: callId, state: 'output-error', input: {}, errorText: error }
  return { id, role: 'assistant', parts: [part as unknown as UIPart] }
}

const textPart = (text: string): UIPart => ({ type: 'text', text })
