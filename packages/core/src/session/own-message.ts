import { randomUUID } from 'node:crypto'
import { copyPlain, isPlainJson } from '../codec/serialise-plain.ts'
import { EverthreadError } from '../errors.ts'
import type { NeutralMessage } from '../message/message.ts'
import { validateMessage } from '../message/validate.ts'

/** A message that is the session's own: nobody else can change it, and it has an id and a time. */
export interface OwnMessage {
  message: NeutralMessage & { id: string }
  /** Whether the id was given: then the history may have it already. */
  named: boolean
  /** Whether the time was given: else it says nothing of what the message is. */
  timed: boolean
}

/** @throws `MESSAGE_INVALID` */
export function ownMessage(message: NeutralMessage, now: number, newId: () => string = randomUUID): OwnMessage {
  const valid = validateMessage(message)
  if (valid.id === '') throw new EverthreadError('MESSAGE_INVALID', 'Give the message an id that is not empty, or none')
  if (!isPlainJson(valid)) {
    throw new EverthreadError('MESSAGE_INVALID', 'Give messages as plain JSON: dates and the like as strings')
  }
  return {
    message: { createdAt: Math.floor(now), ...copyPlain(valid), id: valid.id ?? newId() },
    named: valid.id !== undefined,
    timed: valid.createdAt !== undefined,
  }
}
