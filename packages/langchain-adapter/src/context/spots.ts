import type { Part } from '@everthread/core'
import { neutralLens, type PartView, type Role } from '@everthread/core/context'
import type { BaseMessage } from '@langchain/core/messages'
import { partOfBlock } from '../messages/blocks.ts'

/** Where a part stands in a message. */
export type Place =
  | { in: 'text' }
  | { in: 'blocks'; at: number }
  | { in: 'calls'; at: number }
  | { in: 'result' }
  | { in: 'kwargs'; key: string }

export interface Spot {
  place: Place
  view: PartView
}

export interface Call {
  id?: string
  name?: string
  args?: unknown
}

export const callsOf = (message: BaseMessage): Call[] => {
  const { tool_calls: calls } = message as { tool_calls?: unknown }
  return Array.isArray(calls) ? calls : []
}

/** Where providers' integrations keep reasoning, beside the content; whether it is signed. */
const reasoningKeys: readonly [key: string, signed: boolean][] = [
  ['reasoning_content', false],
  ['reasoning', true],
]

/** The parts of a message, in the order in which a model reads them. */
export function spotsOf(message: BaseMessage, role: Role): Spot[] {
  if (role === 'tool') return [{ place: { in: 'result' }, view: readResult(message) }]
  const calls = callsOf(message)
  return [
    ...reasoningSpots(message),
    ...contentSpots(message, calls),
    ...calls.map((call, at): Spot => ({ place: { in: 'calls', at }, view: readCall(call) })),
  ]
}

function reasoningSpots({ additional_kwargs: kwargs }: BaseMessage): Spot[] {
  const spots: Spot[] = []
  for (const [key, signed] of reasoningKeys) {
    const value: unknown = kwargs?.[key]
    if (!value) continue
    const text = typeof value === 'string' ? value : ''
    spots.push({ place: { in: 'kwargs', key }, view: { kind: 'reasoning', text, ...(signed && { signed }) } })
  }
  return spots
}

function contentSpots({ content }: BaseMessage, calls: readonly Call[]): Spot[] {
  if (typeof content === 'string') {
    if (content === '' && calls.length > 0) return []
    return [{ place: { in: 'text' }, view: { kind: 'text', text: content } }]
  }
  return content.flatMap((block, at): Spot[] =>
    mirrored(block, calls) === undefined ? [{ place: { in: 'blocks', at }, view: readBlock(block) }] : [],
  )
}

/** The call that a block of the content repeats, as some providers' do; undefined when it is a part of its own. */
export function mirrored(block: unknown, calls: readonly Call[]): number | undefined {
  if (typeof block !== 'object' || block === null) return undefined
  const { type, id, functionCall } = block as { type?: unknown; id?: unknown; functionCall?: { name?: unknown } }
  const at =
    type === 'tool_use' || type === 'tool_call'
      ? calls.findIndex((call) => call.id === id)
      : calls.findIndex(({ name }) => name !== undefined && functionCall?.name === name)
  return at < 0 ? undefined : at
}

function readBlock(block: unknown): PartView {
  return typeof block === 'string' ? { kind: 'text', text: block } : readPart(partOfBlock(block).part)
}

const readCall = ({ id, name = '', args }: Call): PartView =>
  readPart({ type: 'tool_call', id: id ?? null, name, arguments: args })

/** As the neutral message reads that it becomes. */
const readPart = (part: Part): PartView => neutralLens.read({ role: 'assistant', parts: [part] }).parts[0] as PartView

function readResult(message: BaseMessage): PartView {
  const { tool_call_id: callId, status } = message as { tool_call_id?: string; status?: string }
  const { content, name } = message
  const response = typeof content === 'string' ? content : content.map(textOrBlock)
  const view = readPart({ type: 'tool_call_response', response, status })
  return {
    ...(view as Extract<PartView, { kind: 'result' }>),
    ...(callId && { callId }),
    ...(name !== undefined && { tool: name }),
    ...(typeof content !== 'string' && content.some((block) => !isText(block)) && { fixed: true }),
  }
}

const textOrBlock = (block: unknown): unknown => (typeof block === 'string' ? { type: 'text', text: block } : block)

function isText(block: unknown): boolean {
  return typeof block === 'string' || (block as { type?: unknown } | null)?.type === 'text'
}
