import type { PlainUIMessage } from '../messages/from-neutral.ts'
import { type Fields, isToolPart, STEP_START, type UIPart } from '../messages/ui-message.ts'
import { isToolChunk, toolPartAfter } from './tool-chunks.ts'

/** A `UIMessageChunk` of either major. */
export interface Chunk {
  type: string
  [field: string]: unknown
}

/** How an answer ended: as it should, by an error, or because somebody stopped it. */
export type Outcome = 'complete' | 'failed' | 'stopped'

/** An answer as it comes: the message that its chunks make, as `readUIMessageStream` of `ai` makes it. */
export class Answer {
  readonly message: PlainUIMessage
  #open = new Map<string, UIPart>()
  #outcome: Outcome | undefined

  /** @param message What the answer goes on with; changed in place */
  constructor(message: PlainUIMessage) {
    this.message = message
  }

  /** Undefined until it has ended. */
  get outcome(): Outcome | undefined {
    return this.#outcome
  }

  apply(chunk: Chunk): void {
    const { type } = chunk
    if (isToolChunk(chunk)) this.#applyTool(chunk)
    else if (type.startsWith('data-')) this.#applyData(chunk)
    else if (type.endsWith('-start') || type.endsWith('-delta') || type.endsWith('-end')) this.#applyText(chunk)
    else this.#applyMark(chunk)
  }

  #applyMark(chunk: Chunk): void {
    const { type, messageMetadata } = chunk
    const { parts } = this.message
    if (type === 'start-step') parts.push({ type: STEP_START })
    else if (type === 'reset-step') this.#resetStep()
    else if (type === 'error') this.#outcome = 'failed'
    else if (type === 'abort') this.#outcome ??= 'stopped'
    else if (type === 'finish') this.#outcome ??= 'complete'
    else if (isWhole.has(type)) parts.push(plain(chunk))
    if (messageMetadata != null) this.#mergeMetadata(messageMetadata)
  }

  #resetStep(): void {
    const { parts } = this.message
    this.#open.clear()
    parts.splice(parts.findLastIndex(({ type }) => type === STEP_START) + 1)
  }

  #mergeMetadata(given: unknown): void {
    const { metadata } = this.message
    this.message.metadata = isRecord(metadata) && isRecord(given) ? mergeRecords(metadata, given) : given
  }

  #applyText({ type, id, delta, citations, providerMetadata }: Chunk): void {
    const [kind, step] = [type.slice(0, type.lastIndexOf('-')), type.slice(type.lastIndexOf('-') + 1)]
    const key = `${kind} ${id}`
    if (step === 'start') {
      const part: UIPart = { type: kind, ...(kind === 'reasoning' && { id }), text: '', state: 'streaming' }
      this.message.parts.push(part)
      this.#open.set(key, part)
    }
    const part = this.#open.get(key)
    if (!part) return
    if (step === 'delta') part.text = `${part.text}${delta}`
    if (step === 'end') {
      part.state = 'done'
      this.#open.delete(key)
    }
    if (citations != null) part.citations = citations
    if (providerMetadata != null) part.providerMetadata = providerMetadata
  }

  #applyTool(chunk: Chunk): void {
    const { parts } = this.message
    const { toolCallId, approvalId } = chunk
    const isIt = (part: UIPart): boolean =>
      isToolPart(part) && (toolCallId === undefined ? approvalOf(part) === approvalId : part.toolCallId === toolCallId)
    const at = parts.findLastIndex(isIt)
    const part = toolPartAfter(parts[at], chunk)
    if (!part) return
    if (at < 0) parts.push(part)
    else parts[at] = part
  }

  #applyData({ transient, ...part }: Chunk): void {
    if (transient === true) return
    const { parts } = this.message
    const at = part.id == null ? -1 : parts.findIndex(({ type, id }) => type === part.type && id === part.id)
    if (at < 0) parts.push(part)
    else parts[at] = { ...(parts[at] as UIPart), data: part.data }
  }
}

/** Chunks that are a part. */
const isWhole = new Set(['file', 'reasoning-file', 'source-url', 'source-document', 'custom', 'steering-message'])

const plain = (chunk: Chunk): UIPart =>
  Object.fromEntries(Object.entries(chunk).filter(([, value]) => value !== undefined)) as UIPart

const approvalOf = ({ approval }: UIPart): unknown => (approval as { id?: unknown } | undefined)?.id

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function mergeRecords(first: Fields, second: Fields): Fields {
  const merged: Fields = { ...first }
  for (const [name, value] of Object.entries(second)) {
    if (name === '__proto__' || value === undefined) continue
    const before = Object.hasOwn(merged, name) ? merged[name] : undefined
    merged[name] = isRecord(before) && isRecord(value) ? mergeRecords(before, value) : value
  }
  return merged
}
