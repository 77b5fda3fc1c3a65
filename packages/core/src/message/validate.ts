import { EverthreadError } from '../errors.ts'
import type { NeutralMessage } from './message.ts'
import type { KnownParts } from './part.ts'

type Check = (value: unknown) => boolean

const text: Check = (value) => typeof value === 'string'
const optionalText: Check = (value) => value === undefined || typeof value === 'string'
const nullableText: Check = (value) => value == null || typeof value === 'string'
const time: Check = (value) => value === undefined || (typeof value === 'number' && Number.isFinite(value))
const optionalRecord: Check = (value) => value === undefined || isRecord(value)

/** What each known part must have; all else on a part passes through. */
const partFields: { [T in keyof KnownParts]: Record<string, Check> } = {
  text: { content: text },
  reasoning: { content: text },
  tool_call: { id: nullableText, name: text },
  tool_call_response: { id: nullableText },
  blob: { modality: text, mime_type: nullableText, content: text },
  file: { modality: text, mime_type: nullableText, file_id: text },
  uri: { modality: text, mime_type: nullableText, uri: text },
}

const messageFields: Record<string, Check> = {
  id: optionalText,
  name: optionalText,
  createdAt: time,
  metadata: optionalRecord,
}

/** Whether the value is a neutral message; see {@link validateMessage}. */
export function isNeutralMessage(value: unknown): value is NeutralMessage {
  return problemOf(value) === undefined
}

/**
 * Gives the message back, typed. Parts of unknown types and unknown fields are none of its business.
 *
 * @throws `MESSAGE_INVALID`, saying which field and what it must be
 */
export function validateMessage(value: unknown): NeutralMessage {
  const problem = problemOf(value)
  if (problem) throw new EverthreadError('MESSAGE_INVALID', `Correct the message: ${problem}`)
  return value as NeutralMessage
}

function problemOf(value: unknown): string | undefined {
  if (!isRecord(value)) return 'it must be an object with a role and parts'
  if (typeof value.role !== 'string' || value.role === '') return '"role" must be a text that is not empty'
  if (!Array.isArray(value.parts)) return '"parts" must be a list'
  const field = firstWrong(value, messageFields)
  if (field) return `"${field}" is not of its type`
  if (value.native !== undefined && (!isRecord(value.native) || typeof value.native.format !== 'string')) {
    return '"native" must be an object with a format'
  }
  for (const [index, part] of value.parts.entries()) {
    const problem = partProblem(part)
    if (problem) return `"parts[${index}]${problem}`
  }
  return undefined
}

function partProblem(part: unknown): string | undefined {
  if (!isRecord(part)) return '" must be an object'
  const { type } = part
  if (typeof type !== 'string' || type === '') return '.type" must be a text that is not empty'
  if (!Object.hasOwn(partFields, type)) return undefined
  const field = firstWrong(part, partFields[type as keyof KnownParts])
  return field && `.${field}" of a ${type} part is not of its type`
}

function firstWrong(value: Record<string, unknown>, fields: Record<string, Check>): string | undefined {
  for (const field in fields) if (!fields[field]?.(value[field])) return field
  return undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
