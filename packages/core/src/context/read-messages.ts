import { EverthreadError } from '../errors.ts'
import type { Lens, MessageView } from './lens.ts'

/** @throws `MESSAGE_INVALID`, naming the place, when the lens cannot read a message */
export function readMessage<M>(lens: Lens<M>, message: M, at: number): MessageView {
  let view: MessageView | undefined
  let cause: unknown
  if (typeof message === 'object' && message !== null) {
    try {
      view = lens.read(message)
    } catch (error) {
      cause = error
    }
  }
  if (view && Array.isArray(view.parts)) return view
  throw new EverthreadError(
    'MESSAGE_INVALID',
    `Give messages that the lens "${lens.name}" reads: messages[${at}] is none`,
    {
      cause,
    },
  )
}

/** @throws `MESSAGE_INVALID` */
export function checkMessages(messages: readonly unknown[]): void {
  if (!Array.isArray(messages)) throw new EverthreadError('MESSAGE_INVALID', 'Give the messages as an array')
}

/** @throws `MESSAGE_INVALID` */
export function readMessages<M>(lens: Lens<M>, messages: readonly M[]): MessageView[] {
  checkMessages(messages)
  const views = new Array<MessageView>(messages.length)
  for (let at = 0; at < messages.length; at++) views[at] = readMessage(lens, messages[at] as M, at)
  return views
}
