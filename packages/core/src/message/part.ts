export interface TextPart {
  type: 'text'
  content: string
  [extra: string]: unknown
}

export interface ReasoningPart {
  type: 'reasoning'
  content: string
  [extra: string]: unknown
}

export interface ToolCallPart {
  type: 'tool_call'
  id?: string | null
  name: string
  arguments?: unknown
  [extra: string]: unknown
}

export interface ToolCallResponsePart {
  type: 'tool_call_response'
  id?: string | null
  response?: unknown
  [extra: string]: unknown
}

/** Bytes sent inline, as base64. */
export interface BlobPart {
  type: 'blob'
  modality: string
  mime_type?: string | null
  content: string
  [extra: string]: unknown
}

/** A file that the provider holds, by its id. */
export interface FilePart {
  type: 'file'
  modality: string
  mime_type?: string | null
  file_id: string
  [extra: string]: unknown
}

export interface UriPart {
  type: 'uri'
  modality: string
  mime_type?: string | null
  uri: string
  [extra: string]: unknown
}

/** Anything else: passed through untouched. */
export interface OtherPart {
  type: string
  [extra: string]: unknown
}

export type Part =
  | TextPart
  | ReasoningPart
  | ToolCallPart
  | ToolCallResponsePart
  | BlobPart
  | FilePart
  | UriPart
  | OtherPart

/** The types that the schema knows; a part of any other type is an {@link OtherPart}. */
export interface KnownParts {
  text: TextPart
  reasoning: ReasoningPart
  tool_call: ToolCallPart
  tool_call_response: ToolCallResponsePart
  blob: BlobPart
  file: FilePart
  uri: UriPart
}

/** Narrows by type, which `part.type === …` cannot do beside parts of unknown types. */
export function isPart<T extends keyof KnownParts>(part: Part, type: T): part is KnownParts[T] {
  return part.type === type
}
