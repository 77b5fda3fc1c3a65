/**
 * A message of a context: a `ModelMessage` of `ai` 6 as well as of 7, so that `streamText` of either takes it without a
 * word. What one of them alone knows passes through, though it has no type here.
 */
export type ContextMessage =
  | ({ role: 'user'; content: string | (TextPart | FilePart)[] } & Optional)
  | ({ role: 'assistant'; content: string | AssistantPart[] } & Optional)
  | ({ role: 'tool'; content: (ToolResultPart | ApprovalPart)[] } & Optional)

type AssistantPart = TextPart | FilePart | ReasoningPart | ToolCallPart | ToolResultPart | ApprovalRequestPart

type Json = null | string | number | boolean | Json[] | { [name: string]: Json | undefined }

type Optional = { providerOptions?: Record<string, { [name: string]: Json | undefined }> }

type TextPart = { type: 'text'; text: string } & Optional
type FilePart = { type: 'file'; data: string | URL | Uint8Array; mediaType: string; filename?: string } & Optional
type ReasoningPart = { type: 'reasoning'; text: string } & Optional
type ToolCallPart = {
  type: 'tool-call'
  toolCallId: string
  toolName: string
  input: unknown
  providerExecuted?: boolean
} & Optional
type ToolResultPart = { type: 'tool-result'; toolCallId: string; toolName: string; output: Output } & Optional
type ApprovalRequestPart = { type: 'tool-approval-request'; approvalId: string; toolCallId: string }
type ApprovalPart = { type: 'tool-approval-response'; approvalId: string; approved: boolean; reason?: string }

type Output =
  | { type: 'text' | 'error-text'; value: string }
  | { type: 'json' | 'error-json'; value: Json }
  | { type: 'execution-denied'; reason?: string }
  | { type: 'content'; value: ({ type: 'text'; text: string } | FileOutput)[] }

type FileOutput =
  | { type: 'file-data'; data: string; mediaType: string; filename?: string }
  | { type: 'file-url'; url: string; mediaType?: string }
