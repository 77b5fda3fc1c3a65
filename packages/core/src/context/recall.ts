import { EverthreadError } from '../errors.ts'
import { handleOfPart } from './handle.ts'
import { checkLens, type Lens } from './lens.ts'
import { type DefaultMessage, lensOr } from './lenses/default.ts'
import { readMessages } from './read-messages.ts'

export interface Recalled<M> {
  handle: string
  /** All that went, as the model would have read it. */
  text: string
  /** The messages that it stands in, as they are in the history. */
  messages: M[]
  /** Of one part: its index in the message, as the lens reads it. */
  part?: number
  /** Of a call or a result. */
  tool?: string
  callId?: string
}

/**
 * Gives back what a prune took away, by the handle that a placeholder or a receipt names.
 *
 * @param from The whole history
 * @throws `HANDLE_UNKNOWN` when the history has nothing of that handle
 */
export function recall<M = DefaultMessage>(
  handle: string,
  { messages, lens }: { messages: readonly M[]; lens?: Lens<M> },
): Recalled<M> {
  const through = checkLens(lensOr(lens))
  const range = /^m\.(\d+)-(\d+)$/.exec(String(handle))
  if (range) {
    const kept = messages.slice(Number(range[1]), Number(range[2]))
    if (kept.length > 0 && kept.length === Number(range[2]) - Number(range[1])) {
      const views = readMessages(through, kept)
      return { handle, messages: kept, text: views.flatMap(({ parts }) => parts.map(({ text }) => text)).join('\n') }
    }
  } else {
    for (const message of messages) {
      const found = partOf(through, message, handle)
      if (found) return found
    }
  }
  throw new EverthreadError(
    'HANDLE_UNKNOWN',
    `Ask for a handle that a receipt names: "${handle}" is none of this history`,
  )
}

function partOf<M>(lens: Lens<M>, message: M, handle: string): Recalled<M> | undefined {
  for (const [part, view] of lens.read(message).parts.entries()) {
    if (handle[0] !== view.kind[0] || handleOfPart(view) !== handle) continue
    const recalled: Recalled<M> = { handle, text: view.text, messages: [message], part }
    if (view.kind !== 'call' && view.kind !== 'result') return recalled
    if (view.tool !== undefined) recalled.tool = view.tool
    if (view.callId !== undefined) recalled.callId = view.callId
    return recalled
  }
  return undefined
}

/** A tool as any framework can offer it to a model: a JSON schema for its arguments. */
export interface ToolDefinition {
  name: string
  description: string
  parameters: Record<string, unknown>
}

/** The tool by which a model asks for what was cleared. Whoever runs it answers with {@link recall}'s `text`. */
export function recallTool(): ToolDefinition {
  return {
    name: 'recall',
    description:
      'Gives back content that was cleared or shortened to save space. Placeholders name the handle after "Recall:".',
    parameters: {
      type: 'object',
      properties: { handle: { type: 'string', description: 'The handle, such as r.1k2j3h4g5f' } },
      required: ['handle'],
      additionalProperties: false,
    },
  }
}
