import type { Extension, NeutralMessage } from '@everthread/core'
import { isMessage } from './classes.ts'
import { fromNeutral } from './from-neutral.ts'
import { toNeutral } from './to-neutral.ts'

/** Messages anywhere in state, of whichever install of LangChain. */
export const messageExtension: Extension = {
  tag: 'message',
  test: isMessage,
  encode: (value) => (isMessage(value) ? toNeutral(value) : value),
  decode: (data) => fromNeutral(data as NeutralMessage),
  byProperties: true,
  fixed: ['lc_namespace'],
}
