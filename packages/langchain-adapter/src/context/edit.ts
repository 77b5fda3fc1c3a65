import type { PartEdit, Role } from '@everthread/core/context'
import type { BaseMessage } from '@langchain/core/messages'
import { type Call, callsOf, mirrored, type Spot, spotsOf } from './spots.ts'

type Content = BaseMessage['content']

/** A copy of the message with parts changed, by their index in what {@link spotsOf} gives. */
export function editMessage(message: BaseMessage, role: Role, edits: ReadonlyMap<number, PartEdit>): BaseMessage {
  const changes = spotsOf(message, role).map((spot, i) => ({ ...spot, edit: edits.get(i) ?? {} }))
  if (role === 'tool') return editResult(message, changes[0]?.edit ?? {})
  const calls = callsOf(message)
  const callEdits = new Map(changes.flatMap(({ place, edit }) => (place.in === 'calls' ? [[place.at, edit]] : [])))
  const kept = calls.flatMap((call, at) => {
    const { drop, text, callId } = callEdits.get(at) ?? {}
    if (drop || text !== undefined) return []
    return [callId === undefined ? call : { ...call, id: callId }]
  })
  const additional = { ...message.additional_kwargs }
  for (const { place, edit } of changes) if (place.in === 'kwargs' && isCut(edit)) delete additional[place.at]
  // Some integrations look here for calls, when there are no others.
  if (kept.length < calls.length) delete additional.tool_calls
  return withFields(message, {
    content: contentAfter(message, calls, changes, callEdits),
    additional_kwargs: additional,
    ...(calls.length > 0 && { tool_calls: kept }),
    ...(role === 'assistant' && { response_metadata: withoutOutput(message) }),
  })
}

type Edited = Spot & { edit: PartEdit }

const isCut = ({ drop, text }: PartEdit): boolean => drop === true || text !== undefined

function editResult(message: BaseMessage, { text, callId }: PartEdit): BaseMessage {
  return withFields(message, {
    ...(text !== undefined && { content: text }),
    ...(callId !== undefined && { tool_call_id: callId }),
  })
}

function contentAfter(
  { content }: BaseMessage,
  calls: readonly Call[],
  changes: readonly Edited[],
  callEdits: ReadonlyMap<number, PartEdit>,
): Content {
  const told = new Map([...callEdits].flatMap(([at, { text }]) => (text === undefined ? [] : [[at, text]])))
  if (typeof content === 'string') {
    const edit = changes.find(({ place }) => place.in === 'text')?.edit
    const text = edit?.drop ? '' : (edit?.text ?? content)
    return [text, ...told.values()].filter((part) => part !== '').join('\n')
  }
  const blockEdits = new Map(changes.flatMap(({ place, edit }) => (place.in === 'blocks' ? [[place.at, edit]] : [])))
  const blocks: unknown[] = content.flatMap((block, at): unknown[] => {
    const call = mirrored(block, calls)
    if (call === undefined) return editBlock(block, blockEdits.get(at) ?? {})
    const edit = callEdits.get(call) ?? {}
    const text = told.get(call)
    told.delete(call)
    if (text !== undefined) return [{ type: 'text', text }]
    return edit.drop ? [] : [edit.callId === undefined ? block : { ...(block as object), id: edit.callId }]
  })
  return [...blocks, ...[...told.values()].map((text) => ({ type: 'text', text }))] as Content
}

function editBlock(block: unknown, { drop, text, callId }: PartEdit): unknown[] {
  if (drop) return []
  const known = callId === undefined ? block : { ...(block as object), id: callId }
  if (text === undefined) return [known]
  return [(known as { type?: unknown }).type === 'text' ? { ...(known as object), text } : { type: 'text', text }]
}

/** What the provider gave, whole: integrations that find it send it in place of the content. */
function withoutOutput({ response_metadata: metadata }: BaseMessage): Record<string, unknown> {
  if (!Array.isArray(metadata?.output)) return metadata
  const { output: _, ...rest } = metadata
  return rest
}

/** A message of the same class with other fields. */
export function withFields(message: BaseMessage, fields: Record<string, unknown>): BaseMessage {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(message)), message, fields) as BaseMessage
  copy.lc_kwargs = { ...message.lc_kwargs, ...fields }
  return copy
}
