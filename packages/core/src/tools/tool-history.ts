import { isFailure, resultText } from '../context/lenses/result-text.ts'
import type { NeutralMessage } from '../message/message.ts'
import { isPart } from '../message/part.ts'

/** One call of a tool, with what came of it. */
export interface ToolUse {
  /** The call's id, or undefined when it has none. */
  id: string | undefined
  name: string
  arguments: unknown
  /** `open` until there is a response. */
  state: 'open' | 'ok' | 'failed'
  response: unknown
  /** When the response was stored, or the call while it is open; store time in ms. */
  at: number | undefined
  /** The message that holds the call. */
  messageId: string | undefined
}

/** The calls of a history in their order, each with the response that came after it. */
export function toolHistory(messages: readonly NeutralMessage[]): ToolUse[] {
  const uses: ToolUse[] = []
  for (const message of messages) {
    for (const part of message.parts) {
      if (isPart(part, 'tool_call')) {
        uses.push({
          id: part.id ?? undefined,
          name: part.name,
          arguments: part.arguments,
          state: 'open',
          response: undefined,
          at: message.createdAt,
          messageId: message.id,
        })
      } else if (isPart(part, 'tool_call_response')) {
        const use = uses.findLast(({ id, state }) => state === 'open' && id === (part.id ?? undefined))
        if (!use) continue
        use.state = isFailure(part, resultText(part.response)) ? 'failed' : 'ok'
        use.response = part.response
        use.at = message.createdAt ?? use.at
      }
    }
  }
  return uses
}
