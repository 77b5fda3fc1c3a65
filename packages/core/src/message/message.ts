import type { Part } from './part.ts'

/**
 * A message that any framework can read: role and parts follow the OpenTelemetry GenAI message schema
 * (gen-ai-input-messages.json), the rest is ours.
 */
export interface NeutralMessage {
  /** `user`, `assistant`, `system`, `tool`, or another word that the framework uses. */
  role: string
  parts: Part[]
  id?: string
  /** The participant's name; of a tool message, the tool's. */
  name?: string
  /** Milliseconds since the epoch. */
  createdAt?: number
  /** The application's own; never sent to a model. */
  metadata?: Record<string, unknown>
  native?: Native
}

/**
 * What the framework that wrote the message knows and the parts cannot express. It belongs to the parts as they are:
 * whoever changes them drops it.
 */
export interface Native {
  /** Names the framework and the version of its mapping. */
  format: string
  data: unknown
}

/** All text of a message, without reasoning. Responses of tools count when they are text. */
export function textOf(message: NeutralMessage): string {
  const texts: string[] = []
  for (const part of message.parts) {
    if (part.type === 'text' && typeof part.content === 'string') texts.push(part.content)
    if (part.type === 'tool_call_response' && typeof part.response === 'string') texts.push(part.response)
  }
  return texts.join('')
}
