import { createSerialiser, EverthreadError } from '@everthread/core'
import { serializable } from '../values/serializable.ts'
import type { Way } from './blocks.ts'

/** Names this mapping. A later version that writes `data` otherwise takes another. */
export const FORMAT = 'langchain/1'

/**
 * What a neutral message cannot express of a LangChain message. Every field is left out where it says the usual: so
 * what is usual (in classes.ts and tool-calls.ts) is part of the format, and stays as it is.
 */
export interface NativeData {
  /** The class, where the role does not say it. */
  class?: string
  /** The content is a list: how each of its blocks is written. */
  blocks?: Way[]
  /** The keys of the tool calls, in the letters of tool-calls.ts. */
  calls?: string
  /** The keys of `lc_kwargs`, in the letters of lc-kwargs.ts. */
  keys?: string
  /** Values in `lc_kwargs` that differ from the message's fields. */
  kwargs?: Record<string, unknown>
  /** Fields of the message that the parts do not give. */
  fields?: Record<string, unknown>
  /** Fields that a new message of the class has, and this one has not. */
  absent?: string[]
}

const { stringify, parse } = createSerialiser([serializable])

/** Native data with values that JSON cannot hold, as text. */
export const packNative = (data: NativeData): { text: string } => ({ text: stringify(data, 'the message') })

/** @throws `MESSAGE_INVALID` */
export function readNative(data: unknown): NativeData {
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) {
    const { text } = data as { text?: unknown }
    return typeof text === 'string' ? (parse(text) as NativeData) : (data as NativeData)
  }
  throw new EverthreadError('MESSAGE_INVALID', 'Restore the message: its native form is not an object')
}
