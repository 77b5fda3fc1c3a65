import { type Fields, toolType, type UIPart } from '../messages/ui-message.ts'
import type { Chunk } from './answer.ts'

export const isToolChunk = ({ type }: Chunk): boolean => type.startsWith('tool-')

const defined = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null))

/** What belongs to the call in a chunk that begins or ends its input. */
function aboutCall({ title, toolMetadata, providerExecuted }: Chunk): Fields {
  return defined({ title, toolMetadata, providerExecuted })
}

const open = ({
  output: _,
  errorText: __,
  preliminary: ___,
  rawInput: ____,
  inputEncoding: _____,
  ...rest
}: UIPart): UIPart => rest

/** The part of a tool after a chunk of its call; undefined for one of a call that is not known. */
export function toolPartAfter(part: UIPart | undefined, chunk: Chunk): UIPart | undefined {
  const { type, toolName, toolCallId, dynamic, input, errorText, providerMetadata } = chunk
  const known = part ?? begun(toolName, toolCallId, dynamic)
  switch (type) {
    case 'tool-input-start':
      return { ...known, ...aboutCall(chunk), ...meta('call', providerMetadata), state: 'input-streaming' }
    case 'tool-input-delta':
      return part && { ...part, rawInput: `${part.rawInput ?? ''}${chunk.inputTextDelta}` }
    case 'tool-input-available':
      return { ...open(known), ...aboutCall(chunk), ...meta('call', providerMetadata), state: 'input-available', input }
    case 'tool-input-error':
      return {
        ...open(known),
        ...aboutCall(chunk),
        ...meta('result', providerMetadata),
        state: 'output-error',
        input,
        errorText,
      }
    case 'tool-output-available':
      return (
        part && {
          ...open(part),
          ...aboutCall(chunk),
          ...meta('result', providerMetadata),
          ...defined({ preliminary: chunk.preliminary }),
          state: 'output-available',
          output: chunk.output,
        }
      )
    case 'tool-output-error':
      return (
        part && {
          ...open(part),
          ...aboutCall(chunk),
          ...meta('result', providerMetadata),
          state: 'output-error',
          errorText,
        }
      )
    case 'tool-output-denied':
      return part && { ...part, state: 'output-denied' }
    case 'tool-approval-request':
      return part && { ...part, state: 'approval-requested', approval: questionOf(chunk) }
    case 'tool-approval-response':
      return part && answered(part, chunk)
    default:
      return part
  }
}

function begun(name: unknown, toolCallId: unknown, dynamic: unknown): UIPart {
  return { ...toolType(String(name), dynamic === true ? true : undefined), toolCallId }
}

const meta = (of: 'call' | 'result', metadata: unknown): Fields =>
  metadata == null ? {} : { [`${of}ProviderMetadata`]: metadata }

function questionOf({
  approvalId: id,
  approvalDescriptor: descriptor,
  reason: requestReason,
  isAutomatic,
  signature,
  ...rest
}: Chunk): Fields {
  const asked = defined({ descriptor, requestReason, signature, ...(isAutomatic === true && { isAutomatic }) })
  return { id, ...asked, ...('inputSchemaInput' in rest && { inputSchemaInput: rest.inputSchemaInput }) }
}

function answered(
  part: UIPart,
  { approvalId: id, approved, reason, providerExecuted, providerMetadata }: Chunk,
): UIPart {
  const approval = { ...(part.approval as Fields | undefined), id, approved, ...defined({ reason }) }
  return {
    ...part,
    ...defined({ providerExecuted }),
    ...meta('call', providerMetadata),
    state: 'approval-responded',
    approval,
  }
}
