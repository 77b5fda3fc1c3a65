import type { ModelPart, PlainModelMessage } from './model-message.ts'
import { errorOutput, type Reading, type ToolsLike, toolOutput } from './tool-output.ts'
import {
  denialOf,
  type Fields,
  isToolPart,
  partsOf,
  STEP_START,
  toolNameOf,
  type UIMessageLike,
  type UIPart,
} from './ui-message.ts'

/** A model message, and the place of the UI message that it is of. */
export interface Converted {
  message: PlainModelMessage
  from: number
}

/**
 * What `convertToModelMessages` of `ai` makes of UI messages, in a form that both majors take. Of data parts nothing:
 * they are for the UI.
 *
 * @param cut Calls whose results are not whole: they are read as they are
 */
export async function toModelMessages(
  messages: readonly UIMessageLike[],
  tools: ToolsLike = {},
  cut: ReadonlySet<unknown> = new Set(),
): Promise<Converted[]> {
  const reading: Reading = { tools, cut }
  const converted: Converted[] = []
  for (const [from, message] of messages.entries()) {
    const made = message.role === 'assistant' ? await assistantMessages(partsOf(message), reading) : [plain(message)]
    converted.push(...made.map((one) => ({ message: one, from })))
  }
  return converted
}

function plain(message: UIMessageLike): PlainModelMessage {
  if (message.role !== 'system') return { role: 'user', content: partsOf(message).flatMap(userPart) }
  const texts = partsOf(message).filter(({ type }) => type === 'text')
  const options = Object.assign({}, ...texts.map(({ providerMetadata }) => providerMetadata))
  const content = texts.map(({ text }) => text).join('')
  return { role: 'system', content, ...(Object.keys(options).length > 0 && { providerOptions: options }) }
}

function userPart(part: UIPart): ModelPart[] {
  if (part.type === 'text') return [textPart(part)]
  return part.type === 'file' ? [filePart(part)] : []
}

const withOptions = (part: ModelPart, metadata: unknown): ModelPart =>
  metadata == null ? part : { ...part, providerOptions: metadata }

const textPart = ({ text, providerMetadata }: UIPart): ModelPart =>
  withOptions({ type: 'text', text }, providerMetadata)

function filePart({ mediaType, filename, url, providerReference, providerMetadata }: UIPart): ModelPart {
  const data = providerReference == null ? addressOf(url) : { type: 'reference', reference: providerReference }
  return withOptions({ type: 'file', mediaType, ...(filename !== undefined && { filename }), data }, providerMetadata)
}

/** An URL, which both majors take; what is none goes as it is. */
const addressOf = (url: unknown): unknown => (typeof url === 'string' && URL.canParse(url) ? new URL(url) : url)

async function assistantMessages(parts: readonly UIPart[], reading: Reading): Promise<PlainModelMessage[]> {
  const messages: PlainModelMessage[] = []
  let step: UIPart[] = []
  const close = async (): Promise<void> => {
    const content = (await Promise.all(step.map((part) => assistantParts(part, reading)))).flat()
    if (content.length > 0) messages.push({ role: 'assistant', content })
    const results = (await Promise.all(step.map((part) => resultParts(part, reading)))).flat()
    if (results.length > 0) messages.push({ role: 'tool', content: results })
    step = []
  }
  for (const part of parts) {
    if (part.type === STEP_START) await close()
    else if (part.type === 'steering-message') {
      await close()
      messages.push({ role: 'user', content: (part.parts as UIPart[]).flatMap(userPart) })
    } else step.push(part)
  }
  await close()
  return messages
}

async function assistantParts(part: UIPart, reading: Reading): Promise<ModelPart[]> {
  const { type, text, providerMetadata, mediaType, url, kind } = part
  if (isToolPart(part)) return callParts(part, reading)
  if (type === 'text') return [textPart(part)]
  if (type === 'file') return [filePart(part)]
  if (type === 'reasoning') return [withOptions({ type, text }, providerMetadata)]
  if (type === 'reasoning-file') return [withOptions({ type, mediaType, data: addressOf(url) }, providerMetadata)]
  return type === 'custom' ? [withOptions({ type, kind }, providerMetadata)] : []
}

async function callParts(part: UIPart, reading: Reading): Promise<ModelPart[]> {
  const { state, toolCallId, input, rawInput, providerExecuted, callProviderMetadata, resultProviderMetadata } = part
  if (state === 'input-streaming') return []
  const toolName = toolNameOf(part)
  const call: ModelPart = {
    type: 'tool-call',
    toolCallId,
    toolName,
    input: input ?? (state === 'output-error' ? rawInput : input),
  }
  if (providerExecuted !== undefined) call.providerExecuted = providerExecuted
  const options = callProviderMetadata ?? (state === 'output-error' ? resultProviderMetadata : undefined)
  const made = [withOptions(call, options), ...questionParts(part)]
  if (providerExecuted !== true || (state !== 'output-available' && state !== 'output-error')) return made
  const output = state === 'output-error' ? errorOutput(part) : await toolOutput(part, toolName, reading)
  return [
    ...made,
    withOptions({ type: 'tool-result', toolCallId, toolName, output }, resultProviderMetadata ?? callProviderMetadata),
  ]
}

/** What of an approval belongs to the question. */
const asked = {
  isAutomatic: 'isAutomatic',
  requestReason: 'reason',
  inputSchemaInput: 'inputSchemaInput',
  signature: 'signature',
}

function questionParts({ approval, toolCallId }: UIPart): ModelPart[] {
  if (approval == null) return []
  const given = approval as Fields
  const question: ModelPart = { type: 'tool-approval-request', approvalId: given.id, toolCallId }
  for (const [field, name] of Object.entries(asked)) if (given[field] !== undefined) question[name] = given[field]
  return [question]
}

async function resultParts(part: UIPart, reading: Reading): Promise<ModelPart[]> {
  if (!isToolPart(part)) return []
  const { id, approved, reason } = (part.approval ?? {}) as Fields
  const { state, toolCallId, providerExecuted, callProviderMetadata } = part
  const parts: ModelPart[] = []
  if (typeof approved === 'boolean') {
    const about = {
      ...(reason !== undefined && { reason }),
      ...(providerExecuted !== undefined && { providerExecuted }),
    }
    parts.push({ type: 'tool-approval-response', approvalId: id, approved, ...about })
  }
  const output = await outputOf(part, reading, approved)
  if (output === undefined) return parts
  return [
    ...parts,
    withOptions({ type: 'tool-result', toolCallId, toolName: toolNameOf(part), output }, callProviderMetadata),
  ]

  async function outputOf(answered: UIPart, reading: Reading, allowed: unknown): Promise<unknown> {
    if (state === 'approval-responded' && allowed === false)
      return { type: 'execution-denied', ...(reason !== undefined && { reason }) }
    if (providerExecuted === true) return undefined
    if (state === 'output-denied') return { type: 'error-text', value: denialOf(answered) }
    if (state === 'output-error') return errorOutput(answered)
    return state === 'output-available' ? toolOutput(answered, toolNameOf(answered), reading) : undefined
  }
}
