import { isDeepStrictEqual } from 'node:util'
import { isPlainJson, type NeutralMessage, type Part } from '@everthread/core'
import type { BaseMessage } from '@langchain/core/messages'
import { partOfBlock, type Way } from './blocks.ts'
import { classOf, classOfRole, type MessageClass } from './classes.ts'
import { fromNeutral, isContent, usualKeys } from './from-neutral.ts'
import { shapeOfKwargs } from './lc-kwargs.ts'
import { FORMAT, type NativeData, packNative } from './native.ts'
import { partsOfCalls, shapeOfCalls, USUAL_CALLS } from './tool-calls.ts'

type Fields = Record<string, unknown>

/**
 * The neutral message that stands for a LangChain message: {@link fromNeutral} gives it back exactly, which is tried
 * before it is believed. It shares nested values with the message. A message of a class that is not LangChain's comes
 * back as the class that it extends.
 */
export function toNeutral(message: BaseMessage): NeutralMessage {
  const cls = classOf(message)
  const fields = { ...message } as unknown as Fields
  const neutral = describe(fields, cls)
  if (!isDeepStrictEqual({ ...fromNeutral(neutral) }, fields))
    neutral.native = { format: FORMAT, data: whole(fields, cls) }
  return neutral
}

/**
 * As {@link toNeutral}, and plain JSON, of this moment: what JSON cannot hold stands in the native form alone.
 *
 * @throws `VALUE_UNSUPPORTED`, `VALUE_CYCLIC`, `VALUE_TOO_DEEP`
 */
export function toPlainNeutral(message: BaseMessage): NeutralMessage {
  const neutral = toNeutral(message)
  if (isPlainJson(neutral)) return structuredClone(neutral)
  const fields = { ...message } as unknown as Fields
  const data = packNative(whole(fields, classOf(message)))
  const { native: _, ...rest } = neutral
  return { ...(JSON.parse(JSON.stringify(rest, readable)) as NeutralMessage), native: { format: FORMAT, data } }
}

const readable = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)

const whole = (fields: Fields, cls: MessageClass): NativeData => ({
  class: cls.name,
  fields,
  absent: absentOf(fields, cls),
})

function describe(message: Fields, cls: MessageClass): NeutralMessage {
  const data: NativeData = {}
  const role = 'role' in cls.blank && typeof message.role === 'string' && message.role !== '' ? message.role : cls.role
  const neutral: NeutralMessage = { role: role === '' ? 'unknown' : role, parts: [] }
  if (typeof message.id === 'string') neutral.id = message.id
  if (typeof message.name === 'string') neutral.name = message.name
  if (classOfRole(neutral.role) !== cls) data.class = cls.name

  const given = new Set(['lc_kwargs'])
  if (neutral.id !== undefined) given.add('id')
  if (neutral.name !== undefined) given.add('name')
  if (neutral.role === message.role) given.add('role')
  if (cls.shape === 'response') describeResponse(message, neutral.parts, given)
  else describeContent(message, neutral.parts, data, given)
  if (cls.shape === 'calls') describeCalls(message, neutral.parts, data, given)

  const fields = otherFields(message, cls, given, data.fields)
  if (fields) data.fields = fields
  const absent = absentOf(message, cls)
  if (absent.length > 0) data.absent = absent
  describeKwargs(message, neutral, cls, data)
  for (const _ in data) {
    neutral.native = { format: FORMAT, data }
    break
  }
  return neutral
}

function describeContent({ content }: Fields, parts: Part[], data: NativeData, given: Set<string>): void {
  if (typeof content === 'string') {
    if (content !== '') parts.push({ type: 'text', content })
    given.add('content')
  } else if (Array.isArray(content)) {
    const ways: Way[] = []
    for (const block of content) {
      const { part, way } = partOfBlock(block)
      parts.push(part)
      ways.push(way)
    }
    data.blocks = ways
    given.add('content')
  }
}

function describeResponse(message: Fields, parts: Part[], given: Set<string>): void {
  const { tool_call_id: id, content } = message
  const part: Part = { type: 'tool_call_response', id: typeof id === 'string' ? id : null, response: content }
  parts.push(part)
  if (typeof id === 'string') given.add('tool_call_id')
  if (isContent(content)) given.add('content')
}

function describeCalls({ tool_calls: calls }: Fields, parts: Part[], data: NativeData, given: Set<string>): void {
  if (!Array.isArray(calls)) return
  const shape = shapeOfCalls(calls)
  const { parts: added, exact } = partsOfCalls(calls, parts)
  parts.push(...added)
  given.add('tool_calls')
  if (shape === undefined || !exact) data.fields = { tool_calls: calls }
  else if (shape !== USUAL_CALLS) data.calls = shape
}

function describeKwargs(message: Fields, neutral: NeutralMessage, cls: MessageClass, data: NativeData): void {
  const { lc_kwargs: kwargs } = message
  if (typeof kwargs !== 'object' || kwargs === null) return
  const shape = shapeOfKwargs(kwargs as Fields, message)
  if (shape.keys !== usualKeys(cls, neutral)) data.keys = shape.keys
  if (shape.kwargs) data.kwargs = shape.kwargs
}

function otherFields(message: Fields, { blank }: MessageClass, given: Set<string>, start?: Fields): Fields | undefined {
  let others = start
  for (const key in message) {
    if (given.has(key) || (key in blank && isUsual(message[key], blank[key]))) continue
    others ??= {}
    others[key] = message[key]
  }
  return others
}

/** Whether the value is what a new message has. Never true for what merely looks alike. */
function isUsual(value: unknown, usual: unknown): boolean {
  return value === usual || (typeof usual === 'object' && isDeepStrictEqual(value, usual))
}

function absentOf(message: Fields, { blank }: MessageClass): string[] {
  return Object.keys(blank).filter((key) => !(key in message))
}
