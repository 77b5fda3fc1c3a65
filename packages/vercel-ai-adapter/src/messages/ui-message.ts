/** A `UIMessage` of `ai` 6 and 7, as far as the adapter must know it: the unions of its parts grow within a major. */
export interface UIMessageLike {
  id: string
  role: string
  metadata?: unknown
  parts: readonly { type: string }[]
}

/** A part with all its fields. */
export interface UIPart {
  type: string
  [field: string]: unknown
}

export type Fields = Record<string, unknown>

export const partsOf = (message: UIMessageLike): readonly UIPart[] => message.parts as readonly UIPart[]

export const STEP_START = 'step-start'

const TOOL = 'tool-'
const DYNAMIC_TOOL = 'dynamic-tool'

export const isToolPart = ({ type }: UIPart): boolean => type.startsWith(TOOL) || type === DYNAMIC_TOOL

export function toolNameOf(part: UIPart): string {
  if (part.type !== DYNAMIC_TOOL) return part.type.slice(TOOL.length)
  return typeof part.toolName === 'string' ? part.toolName : ''
}

/** A tool part of a name. `ai` 7 marks dynamic parts that were static once with `dynamic: false`. */
export function toolType(name: string, dynamic: unknown): UIPart {
  if (dynamic === undefined) return { type: `${TOOL}${name}` }
  return { type: DYNAMIC_TOOL, toolName: name, ...(dynamic === false && { dynamic }) }
}

/** What {@link toolType} takes to give this part's type again. */
export function dynamicOf(part: UIPart): boolean | undefined {
  if (part.type !== DYNAMIC_TOOL) return undefined
  return part.dynamic !== false
}

/** Whether the part tells what the tool gave. */
export const isAnswered = ({ state }: UIPart): boolean => typeof state === 'string' && state.startsWith('output-')

/** What a model reads of a call that a user has not allowed. */
export function denialOf({ approval }: UIPart): string {
  const reason = (approval as { reason?: unknown } | undefined)?.reason
  return typeof reason === 'string' && reason !== '' ? reason : 'Tool call execution denied.'
}

const media = ['image', 'audio', 'video']

/** `image`, `audio`, `video`, else `document`. */
export function modalityOf(mediaType: unknown): string {
  const top = typeof mediaType === 'string' ? (mediaType.split('/')[0] as string) : ''
  return media.includes(top) ? top : 'document'
}
