import { createSerialiser, type HistoryFormat, type NeutralMessage } from '@everthread/core'
import type { BaseMessage } from '@langchain/core/messages'
import { langchainExtensions } from '../values/extensions.ts'
import { isMessage } from './classes.ts'
import { isHeldWhole } from './foreign-content.ts'
import { fromNeutral } from './from-neutral.ts'
import { FORMAT } from './native.ts'
import { toNeutral } from './to-neutral.ts'

const { stringify, parse } = createSerialiser(langchainExtensions)

/** What messages were read from that others have written: their times, metadata and native forms are not LangChain's. */
const origins = new WeakMap<BaseMessage, string>()

/** How the elements of a history are stored: LangChain messages as neutral ones. */
export const historyFormat: HistoryFormat = {
  accepts: isMessage,
  encode: (message) => (isMessage(message) ? encode(message) : stringify(message, 'message')),
  decode(text) {
    const neutral = parse(text) as NeutralMessage
    const message = fromNeutral(neutral)
    if (holdsMore(neutral)) origins.set(message, text)
    return message
  },
}

/** Whether the message of others is more than what LangChain's message for it can hold. */
function holdsMore({ createdAt, metadata, native, parts }: NeutralMessage): boolean {
  if (createdAt !== undefined || metadata !== undefined) return true
  return native === undefined ? !isHeldWhole(parts) : native.format !== FORMAT
}

/** A message that others have written is what they wrote, until it is changed. */
function encode(message: BaseMessage): string {
  const neutral = toNeutral(message)
  const text = stringify(neutral, 'message')
  const origin = origins.get(message)
  if (origin === undefined) return text
  if (stringify(toNeutral(fromNeutral(parse(origin) as NeutralMessage)), 'message') === text) return origin
  const { createdAt, metadata } = parse(origin) as NeutralMessage
  const kept = { ...(createdAt === undefined ? {} : { createdAt }), ...(metadata === undefined ? {} : { metadata }) }
  return stringify({ ...neutral, ...kept }, 'message')
}
