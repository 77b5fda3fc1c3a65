import { hash } from 'node:crypto'
import type { PlainUIMessage } from './from-neutral.ts'
import { type ModelMessageLike, type ModelPart, modelPartsOf } from './model-message.ts'
import { type Fields, isAnswered, isToolPart, STEP_START, toolType, type UIPart } from './ui-message.ts'

/**
 * UI messages of model messages, `response.messages` among them: an assistant's steps and the results of its tools are
 * one message. Ids are stable: made of the place and the beginning of a message, so that one that goes on keeps its id.
 */
export function fromModelMessages(messages: readonly ModelMessageLike[]): PlainUIMessage[] {
  const made: PlainUIMessage[] = []
  for (const message of messages) {
    const { role } = message
    const last = made.at(-1)
    if (role === 'tool' || role === 'assistant') {
      const into = last?.role === 'assistant' ? last : begun(made, message, 'assistant')
      if (role === 'assistant') into.parts.push({ type: STEP_START })
      for (const part of modelPartsOf(message)) addPart(into.parts, part)
    } else {
      const into = begun(made, message, role === 'system' ? 'system' : 'user')
      for (const part of modelPartsOf(message)) addPart(into.parts, part)
    }
  }
  return made
}

function begun(made: PlainUIMessage[], first: ModelMessageLike, role: PlainUIMessage['role']): PlainUIMessage {
  const id = hash('sha256', JSON.stringify([made.length, first]), 'base64url').slice(0, 22)
  const message: PlainUIMessage = { id, role, parts: [] }
  made.push(message)
  return message
}

function addPart(parts: UIPart[], part: ModelPart): void {
  const { type, toolCallId, approvalId } = part
  if (type === 'tool-call') parts.push(callPart(part))
  else if (type === 'tool-result')
    change(
      parts,
      (one) => one.toolCallId === toolCallId && !isAnswered(one),
      (one) => answered(one, part),
    )
  else if (type === 'tool-approval-request')
    change(
      parts,
      (one) => one.toolCallId === toolCallId,
      (one) => asked(one, part),
    )
  else if (type === 'tool-approval-response')
    change(
      parts,
      (one) => (one.approval as Fields | undefined)?.id === approvalId,
      (one) => decided(one, part),
    )
  else parts.push(contentPart(part))
}

function change(parts: UIPart[], isIt: (part: UIPart) => boolean, make: (part: UIPart) => UIPart): void {
  const at = parts.findLastIndex((part) => isToolPart(part) && isIt(part))
  if (at >= 0) parts[at] = make(parts[at] as UIPart)
}

const named = (name: string, value: unknown): Fields => (value === undefined ? {} : { [name]: value })

function callPart({ toolCallId, toolName, input, providerExecuted, providerOptions }: ModelPart): UIPart {
  const about = { ...named('providerExecuted', providerExecuted), ...named('callProviderMetadata', providerOptions) }
  return { ...toolType(String(toolName), undefined), toolCallId, state: 'input-available', input, ...about }
}

function asked(part: UIPart, { approvalId: id, reason, isAutomatic, signature, inputSchemaInput }: ModelPart): UIPart {
  const approval = { id, ...named('requestReason', reason), ...named('isAutomatic', isAutomatic) }
  return {
    ...part,
    state: 'approval-requested',
    approval: { ...approval, ...named('signature', signature), ...named('inputSchemaInput', inputSchemaInput) },
  }
}

function decided(part: UIPart, { approved, reason }: ModelPart): UIPart {
  const approval = { ...(part.approval as Fields), approved, ...named('reason', reason) }
  return { ...part, state: isAnswered(part) ? part.state : 'approval-responded', approval }
}

function answered(part: UIPart, { output }: ModelPart): UIPart {
  const { type, value, reason } = (output ?? {}) as Fields
  const refused = (part.approval as Fields | undefined)?.approved === false
  if (refused) return { ...part, state: 'output-denied' }
  if (type === 'execution-denied')
    return { ...part, state: 'output-error', errorText: String(reason ?? 'Tool call execution denied.') }
  if (type === 'error-text' || type === 'error-json') {
    return { ...part, state: 'output-error', errorText: typeof value === 'string' ? value : JSON.stringify(value) }
  }
  return { ...part, state: 'output-available', output: value }
}

function contentPart({ type, text, data, image, mediaType, filename, providerOptions, ...rest }: ModelPart): UIPart {
  const about = named('providerMetadata', providerOptions)
  if (type === 'text' || type === 'reasoning') return { type, text, ...about, ...rest }
  if (type !== 'file' && type !== 'image' && type !== 'reasoning-file') return { type, ...rest, ...about }
  const media = typeof mediaType === 'string' ? mediaType : type === 'image' ? 'image/*' : 'application/octet-stream'
  return {
    type: type === 'image' ? 'file' : type,
    mediaType: media,
    ...addressed(data ?? image, media),
    ...named('filename', filename),
    ...about,
  }
}

function addressed(data: unknown, mediaType: string): Fields {
  if (data instanceof URL) return { url: data.href }
  if (data instanceof ArrayBuffer) return { url: dataUrl(Buffer.from(data).toString('base64'), mediaType) }
  if (data instanceof Uint8Array) return { url: dataUrl(Buffer.from(data).toString('base64'), mediaType) }
  if (typeof data === 'string') return { url: URL.canParse(data) ? data : dataUrl(data, mediaType) }
  const { type, url, data: bytes, reference, text } = (data ?? {}) as Fields
  if (type === 'url') return addressed(url, mediaType)
  if (type === 'data') return addressed(bytes, mediaType)
  if (type === 'text') return { url: dataUrl(Buffer.from(String(text)).toString('base64'), mediaType) }
  return { url: '', providerReference: type === 'reference' ? reference : data }
}

const dataUrl = (base64: string, mediaType: string): string => `data:${mediaType};base64,${base64}`
