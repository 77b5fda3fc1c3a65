import { type PartView, type Role, readPart } from '@everthread/core/context'
import type { BaseMessage } from '@langchain/core/messages'
import { partOfBlock } from '../messages/blocks.ts'

/** Where a part stands in a message. */
export type Place =
  | { in: 'text' }
  | { in: 'blocks'; at: number }
  | { in: 'calls'; at: number }
  | { in: 'result' }
  | { in: 'kwargs'; at: string }

export interface Spot {
  place: Place
  view: PartView
}

export interface Call {
  id?: string
  name?: string
  args?: unknown
}

export const callsOf = (message: BaseMessage): readonly Call[] => {
  const { tool_calls: calls } = message as { tool_calls?: unknown }
  return Array.isArray(calls) ? calls : none
}

const none: readonly Call[] = []

/** Where providers' integrations keep reasoning, beside the content; whether it is signed. */
const reasoningKeys: readonly [key: string, signed: boolean][] = [
  ['reasoning_content', false],
  ['reasoning', true],
]

/** The parts of a message with their places, in the order in which a model reads them. */
export function spotsOf(message: BaseMessage, role: Role): Spot[] {
  const spots: Spot[] = []
  eachPart(message, role, (view, where, at) => spots.push({ place: { in: where, at } as Place, view }))
  return spots
}

/** The parts alone: most messages are only read, and most are a text, a result or calls. */
export function partsOf(message: BaseMessage, role: Role): PartView[] {
  if (role === 'tool') return [readResult(message)]
  const { content, additional_kwargs: kwargs } = message
  if (typeof content === 'string' && !kwargs?.reasoning_content && !kwargs?.reasoning) {
    const calls = callsOf(message).map(readCall)
    if (calls.length === 0) return [{ kind: 'text', text: content }]
    return content === '' ? calls : [{ kind: 'text', text: content }, ...calls]
  }
  const parts: PartView[] = []
  eachPart(message, role, (view) => parts.push(view))
  return parts
}

type Found = (view: PartView, where: Place['in'], at?: number | string) => void

function eachPart(message: BaseMessage, role: Role, found: Found): void {
  if (role === 'tool') {
    found(readResult(message), 'result')
    return
  }
  const { content, additional_kwargs: kwargs } = message
  const calls = callsOf(message)
  for (const [key, signed] of reasoningKeys) {
    const value: unknown = kwargs?.[key]
    if (!value) continue
    const text = typeof value === 'string' ? value : ''
    found({ kind: 'reasoning', text, ...(signed && { signed }) }, 'kwargs', key)
  }
  if (typeof content !== 'string') {
    for (let at = 0; at < content.length; at++) {
      const block: unknown = content[at]
      if (mirrored(block, calls) === undefined) found(readBlock(block), 'blocks', at)
    }
  } else if (content !== '' || calls.length === 0) found({ kind: 'text', text: content }, 'text')
  for (let at = 0; at < calls.length; at++) found(readCall(calls[at] as Call), 'calls', at)
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

function readResult(message: BaseMessage): PartView {
  const { tool_call_id: id, status } = message as { tool_call_id?: string; status?: string }
  const { content, name } = message
  const response = typeof content === 'string' ? content : content.map(textOrBlock)
  const part = { type: 'tool_call_response', id: id || null, name, response, status }
  const view = readPart(part) as Extract<PartView, { kind: 'result' }>
  if (typeof content !== 'string' && content.some((block) => !isText(block))) view.fixed = true
  return view
}

const textOrBlock = (block: unknown): unknown => (typeof block === 'string' ? { type: 'text', text: block } : block)

function isText(block: unknown): boolean {
  return typeof block === 'string' || (block as { type?: unknown } | null)?.type === 'text'
}
