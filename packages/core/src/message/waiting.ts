import { answerTo, waitingAlso } from '../checkpoint/waiting.ts'
import type { NeutralMessage } from './message.ts'

/**
 * What a session waits for after more messages: answers to calls of tools, an approval among them. A user who says
 * something else waits for none of them any more.
 */
export function waitingAfter(
  before: readonly string[] | undefined,
  messages: readonly Pick<NeutralMessage, 'role' | 'parts'>[],
): string[] {
  let waiting = [...(before ?? [])]
  for (const { role, parts } of messages) {
    if (role === 'user') waiting = []
    for (const part of parts) {
      const id = typeof part.id === 'string' ? part.id : ''
      if (part.type === 'tool_call') waiting = waitingAlso(waiting, answerTo(id))
      if (part.type === 'tool_call_response') waiting = waiting.filter((one) => one !== answerTo(id))
    }
  }
  return waiting
}
