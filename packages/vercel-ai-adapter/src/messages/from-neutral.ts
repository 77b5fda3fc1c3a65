import type { NeutralMessage, Part } from '@everthread/core'
import { FORMAT, isPieceOf, type NativeData } from './native.ts'
import { fromPart } from './part.ts'
import { partOfCall, withResponse } from './tool-part.ts'
import { isAnswered, isToolPart, STEP_START, type UIPart } from './ui-message.ts'

/** What {@link fromNeutral} gives. A `UIMessage` of either major. */
export interface PlainUIMessage {
  id: string
  role: 'system' | 'user' | 'assistant'
  metadata?: unknown
  parts: UIPart[]
}

/**
 * UI messages of a history: exactly those that {@link toNeutral} took. Of messages from elsewhere, an assistant's steps
 * and the results of its tools become one message, with the first one's id.
 */
export function fromNeutral(messages: readonly NeutralMessage[]): PlainUIMessage[] {
  return groupsOf(messages).map(uiMessageOf)
}

const roles: Record<string, 'system' | 'assistant' | 'tool'> = {
  system: 'system',
  developer: 'system',
  assistant: 'assistant',
  ai: 'assistant',
  model: 'assistant',
  tool: 'tool',
  function: 'tool',
}

const roleOf = ({ role }: NeutralMessage): 'system' | 'user' | 'assistant' | 'tool' =>
  Object.hasOwn(roles, role) ? (roles[role] as 'system') : 'user'

/** Messages that are one UI message together. */
export function groupsOf(messages: readonly NeutralMessage[]): NeutralMessage[][] {
  const groups: NeutralMessage[][] = []
  for (const message of messages) {
    const group = groups.at(-1)
    if (group && joins(group, message)) group.push(message)
    else groups.push([message])
  }
  return groups
}

function joins(group: readonly NeutralMessage[], message: NeutralMessage): boolean {
  const [first, last] = [group[0] as NeutralMessage, group.at(-1) as NeutralMessage]
  const role = roleOf(message)
  if (roleOf(first) !== 'assistant' || (role !== 'assistant' && role !== 'tool')) return false
  if (isPieceOf(first.id ?? '', message.id)) return true
  // Elsewhere nothing but the order says so: what follows a result belongs to the same run.
  return role === 'tool' || (roleOf(last) === 'tool' && !isPieceOf(first.id ?? '', last.id))
}

/** @param place Of the UI message, which names it where nothing else does */
export function uiMessageOf(group: readonly NeutralMessage[], place: number): PlainUIMessage {
  const first = group[0] as NeutralMessage
  const role = roleOf(first)
  const data: NativeData = first.native?.format === FORMAT ? (first.native.data as NativeData) : {}
  const message: PlainUIMessage = {
    id: first.id ?? `message-${place}`,
    role: role === 'tool' ? 'assistant' : role,
    parts:
      (data.parts as UIPart[] | undefined) ??
      partsOfGroup(group, role !== 'system' && role !== 'user', data.begun === true),
  }
  const metadata = 'metadata' in data ? data.metadata : first.metadata
  if (metadata !== undefined) message.metadata = metadata
  return message
}

function partsOfGroup(group: readonly NeutralMessage[], hasSteps: boolean, begun: boolean): UIPart[] {
  const parts: UIPart[] = []
  for (const [at, message] of group.entries()) {
    if (hasSteps && roleOf(message) === 'assistant' && !(at === 0 && begun)) parts.push({ type: STEP_START })
    for (const part of message.parts) addPart(parts, part)
  }
  return parts
}

function addPart(parts: UIPart[], part: Part): void {
  if (part.type === 'tool_call') parts.push(partOfCall(part))
  else if (part.type !== 'tool_call_response') parts.push(fromPart(part))
  else {
    const id = part.id ?? ''
    const at = parts.findIndex((one) => isToolPart(one) && one.toolCallId === id && !isAnswered(one))
    if (at < 0) parts.push(fromPart(part))
    else parts[at] = withResponse(parts[at] as UIPart, part)
  }
}
