import { isDeepStrictEqual } from 'node:util'
import type { NeutralMessage, Part } from '@everthread/core'
import { fromNeutral } from './from-neutral.ts'
import { FORMAT, idOfPiece, type NativeData } from './native.ts'
import { toPart } from './part.ts'
import { splitToolPart } from './tool-part.ts'
import {
  type Fields,
  isToolPart,
  partsOf,
  STEP_START,
  toolNameOf,
  type UIMessageLike,
  type UIPart,
} from './ui-message.ts'

/**
 * Neutral messages that stand for UI messages: {@link fromNeutral} gives them back exactly, as JSON. A message of an
 * assistant becomes one for each step and one for each result of a tool, as other frameworks keep them; the first has
 * the message's id, and what has become of the message (`metadata`, `native`).
 */
export function toNeutral(messages: readonly UIMessageLike[]): NeutralMessage[] {
  return messages.flatMap(piecesOf)
}

function piecesOf(given: UIMessageLike): NeutralMessage[] {
  const message = JSON.parse(JSON.stringify(given)) as UIMessageLike
  const pieces = message.role === 'assistant' ? assistantPieces(message) : [whole(message)]
  const first = pieces[0] as NeutralMessage
  const data: NativeData = {}
  if (isRecord(message.metadata)) first.metadata = message.metadata
  else if (message.metadata !== undefined) data.metadata = message.metadata
  if (message.role === 'assistant' && message.parts[0]?.type !== STEP_START) data.begun = true
  if (Object.keys(data).length > 0) first.native = { format: FORMAT, data }
  const back = fromNeutral(pieces)
  if (back.length !== 1 || !isDeepStrictEqual(back[0]?.parts, message.parts)) {
    first.native = { format: FORMAT, data: { ...data, parts: [...message.parts] } satisfies NativeData }
  }
  return pieces
}

function whole({ id, role, parts }: UIMessageLike): NeutralMessage {
  return { id, role, parts: (parts as readonly UIPart[]).flatMap(inline) }
}

/** A call with its response beside it: where the provider ran the tool, and where no tool should be. */
function inline(part: UIPart): Part[] {
  if (!isToolPart(part)) return [toPart(part)]
  const { call, response } = splitToolPart(part)
  return response ? [call, response] : [call]
}

function assistantPieces(message: UIMessageLike): NeutralMessage[] {
  const pieces: NeutralMessage[] = []
  const add = (piece: Omit<NeutralMessage, 'id'>): void => {
    pieces.push({ id: pieces.length === 0 ? message.id : idOfPiece(message.id, pieces.length), ...piece })
  }
  for (const step of stepsOf(partsOf(message))) {
    const parts: Part[] = []
    const results: Omit<NeutralMessage, 'id'>[] = []
    for (const part of step) {
      const isOurs = isToolPart(part) && part.providerExecuted !== true
      const response = isOurs ? splitToolPart(part).response : undefined
      if (response) results.push({ role: 'tool', name: toolNameOf(part), parts: [response] })
      parts.push(...(isOurs ? [splitToolPart(part).call] : inline(part)))
    }
    add({ role: 'assistant', parts })
    results.forEach(add)
  }
  return pieces
}

/** The parts of each step, without the marks at which they begin. */
function stepsOf(parts: readonly UIPart[]): UIPart[][] {
  const steps: UIPart[][] = []
  for (const [at, part] of parts.entries()) {
    if (part.type === STEP_START) steps.push([])
    else if (at === 0) steps.push([part])
    else steps.at(-1)?.push(part)
  }
  return steps.length > 0 ? steps : [[]]
}

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
