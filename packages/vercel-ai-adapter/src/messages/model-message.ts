/** A `ModelMessage` of `ai` 6 and 7, or a message of a language model's prompt, as far as the adapter must know it. */
export interface ModelMessageLike {
  role: string
  content: string | readonly { type: string }[]
}

/** A part with all its fields. */
export interface ModelPart {
  type: string
  [field: string]: unknown
}

export interface PlainModelMessage {
  role: 'system' | 'user' | 'assistant' | 'tool'
  content: string | ModelPart[]
  providerOptions?: unknown
}

export const contentOf = ({ content }: ModelMessageLike): string | readonly ModelPart[] =>
  content as string | readonly ModelPart[]

/** The content as parts; an empty text is none. */
export function modelPartsOf(message: ModelMessageLike): readonly ModelPart[] {
  const content = contentOf(message)
  if (typeof content !== 'string') return content
  return content === '' ? [] : [{ type: 'text', text: content }]
}
