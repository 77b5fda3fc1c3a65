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
import type { Chunk } from './answer.ts'

/** The chunks of a stream that gives a stored answer. */
export function* chunksOf({ id, metadata, parts }: PlainUIMessage): Generator<Chunk> {
  yield { type: 'start', messageId: id, ...(metadata !== undefined && { messageMetadata: metadata }) }
  let isOpen = false
  for (const [at, part] of parts.entries()) {
    if (part.type === STEP_START) {
      if (isOpen) yield { type: 'finish-step' }
      yield { type: 'start-step' }
      isOpen = true
    } else yield* partChunks(part, `${id}-${at}`)
  }
  if (isOpen) yield { type: 'finish-step' }
  yield { type: 'finish' }
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
  const { toolCallId, input, output, errorText, state, approval, preliminary, title, toolMetadata, providerExecuted } =
    part
  const call = { toolCallId, toolName: toolNameOf(part) }
  const dynamic = dynamicOf(part)
  const about = defined({ providerExecuted, ...(dynamic !== undefined && { dynamic: true }) })
  const described = { ...about, ...defined({ title, toolMetadata }) }
  yield { type: 'tool-input-start', ...call, ...described }
  if (state === 'input-streaming') return
  yield { type: 'tool-input-available', ...call, input, ...described, ...meta(part.callProviderMetadata) }
  if (approval !== undefined) yield* approvalChunks(toolCallId, approval as Fields)
  if (!isAnswered(part)) return
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

const meta = (providerMetadata: unknown): Fields => defined({ providerMetadata })

const defined = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
