import type { PlainUIMessage } from '../messages/from-neutral.ts'
import {
  dynamicOf,
  type Fields,
  isAnswered,
  isToolPart,
  STEP_START,
  toolNameOf,
  type UIPart,
} from '../messages/ui-message.ts'
import type { Chunk, Outcome } from './answer.ts'
import type { LastAnswer } from './last-answer.ts'
import { outcomeOf } from './seal.ts'

/** The chunks of a stream that gives a stored answer. */
export function* chunksOf(message: PlainUIMessage): Generator<Chunk> {
  yield* beginningOf(message)
  yield endOf(outcomeOf(message))
}

/** Only such chunks as the chat's clients take. */
export function* asTaken(chunks: Iterable<Chunk>, last: LastAnswer | undefined): Generator<Chunk> {
  for (const chunk of chunks) if (last?.approvals || chunk.type !== 'tool-approval-response') yield chunk
}

/** How a stream ends. */
export function endOf(outcome: Outcome): Chunk {
  if (outcome === 'failed') return { type: 'error', errorText: 'An error occurred.' }
  return { type: outcome === 'stopped' ? 'abort' : 'finish' }
}

export function outcomeOfEnd(chunk: Chunk | undefined): Outcome {
  if (chunk?.type === 'error') return 'failed'
  return chunk?.type === 'abort' ? 'stopped' : 'complete'
}

/** The chunks of an answer that goes on, up to here. */
export function* beginningOf({ id, metadata, parts }: PlainUIMessage): Generator<Chunk> {
  yield startOf({ id, metadata })
  yield* stepsOf(id, parts)
}

/** What a client lacks that knows the first parts of an answer, as they were before their tools were done. */
export function* chunksBeyond(message: PlainUIMessage, known: number): Generator<Chunk> {
  const { id, parts } = message
  yield startOf(message)
  for (const part of parts.slice(0, known)) if (isToolPart(part)) yield* resultChunks(part)
  yield* stepsOf(id, parts.slice(known), known)
  yield endOf(outcomeOf(message))
}

function startOf({ id, metadata }: Pick<PlainUIMessage, 'id' | 'metadata'>): Chunk {
  return { type: 'start', messageId: id, ...(metadata !== undefined && { messageMetadata: metadata }) }
}

function* stepsOf(id: string, parts: readonly UIPart[], first = 0): Generator<Chunk> {
  let isOpen = false
  for (const [at, part] of parts.entries()) {
    if (part.type === STEP_START) {
      if (isOpen) yield { type: 'finish-step' }
      yield { type: 'start-step' }
      isOpen = true
    } else yield* partChunks(part, `${id}-${first + at}`)
  }
  if (isOpen) yield { type: 'finish-step' }
}

function* partChunks(part: UIPart, id: string): Generator<Chunk> {
  const { type, text, providerMetadata, citations } = part
  const meta = providerMetadata === undefined ? {} : { providerMetadata }
  if (type === 'text' || type === 'reasoning') {
    const own = typeof part.id === 'string' ? part.id : id
    yield { type: `${type}-start`, id: own, ...meta }
    yield { type: `${type}-delta`, id: own, delta: text }
    yield { type: `${type}-end`, id: own, ...(citations !== undefined && { citations }) }
  } else if (isToolPart(part)) yield* toolChunks(part)
  else yield part
}

function* toolChunks(part: UIPart): Generator<Chunk> {
  const { toolCallId, input, state, approval, title, toolMetadata } = part
  const call = { toolCallId, toolName: toolNameOf(part) }
  const described = { ...aboutTool(part), ...defined({ title, toolMetadata }) }
  yield { type: 'tool-input-start', ...call, ...described }
  if (state === 'input-streaming') return
  yield { type: 'tool-input-available', ...call, input, ...described, ...meta(part.callProviderMetadata) }
  if (approval !== undefined) yield* approvalChunks(toolCallId, approval as Fields)
  yield* resultChunks(part)
}

function* resultChunks(part: UIPart): Generator<Chunk> {
  const { toolCallId, output, errorText, state, preliminary } = part
  if (!isAnswered(part)) return
  const about = aboutTool(part)
  const result = { toolCallId, ...about, ...meta(part.resultProviderMetadata) }
  if (state === 'output-denied') yield { type: 'tool-output-denied', toolCallId }
  else if (state === 'output-error') yield { type: 'tool-output-error', errorText, ...result }
  else yield { type: 'tool-output-available', output, ...result, ...defined({ preliminary }) }
}

function* approvalChunks(toolCallId: unknown, approval: Fields): Generator<Chunk> {
  const {
    id: approvalId,
    approved,
    reason,
    descriptor,
    requestReason,
    isAutomatic,
    signature,
    inputSchemaInput,
  } = approval
  const asked = defined({
    approvalDescriptor: descriptor,
    reason: requestReason,
    isAutomatic,
    signature,
    inputSchemaInput,
  })
  yield { type: 'tool-approval-request', approvalId, toolCallId, ...asked }
  if (approved !== undefined) yield { type: 'tool-approval-response', approvalId, approved, ...defined({ reason }) }
}

function aboutTool(part: UIPart): Fields {
  return defined({ providerExecuted: part.providerExecuted, ...(dynamicOf(part) !== undefined && { dynamic: true }) })
}

const meta = (providerMetadata: unknown): Fields => defined({ providerMetadata })

const defined = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
