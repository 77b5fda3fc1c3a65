import { createSerialiser, type HistoryFormat, type NeutralMessage } from '@everthread/core'
import { langchainExtensions } from '../values/extensions.ts'
import { isMessage } from './classes.ts'
import { fromNeutral } from './from-neutral.ts'
import { toNeutral } from './to-neutral.ts'

const { stringify, parse } = createSerialiser(langchainExtensions)

/** How the elements of a history are stored: LangChain messages as neutral ones. */
export const historyFormat: HistoryFormat = {
  accepts: isMessage,
  encode: (message) => stringify(isMessage(message) ? toNeutral(message) : message, 'message'),
  decode: (text) => fromNeutral(parse(text) as NeutralMessage),
}
