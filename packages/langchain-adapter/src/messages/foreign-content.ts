import { isPart, type Part } from '@everthread/core'
import { blockOfPart } from './blocks.ts'
import { callOfPart, USUAL_CALLS } from './tool-calls.ts'

/** What the content of a message becomes that LangChain did not write. */
export interface ForeignContent {
  content: string | unknown[]
  /** It is a list of LangChain's standard blocks, tool calls among them, as `contentBlocks` of a constructor are. */
  isStandard: boolean
}

const standard = new Set(['text', 'reasoning', 'tool_call', 'uri', 'blob', 'file'])

/** Parts that the AI SDK has for a page, or for its own providers: as blocks of a request they would be refused. */
const unread = /^(data-.+|source-.+|step-start|custom|reasoning-file)$/

const isRead = ({ type }: Part): boolean => standard.has(type) || !unread.test(type)

/** For a model to read. What its framework alone understands of a part is left out. */
export function foreignContent(parts: readonly Part[], hasCalls: boolean): ForeignContent {
  const read = parts.filter(isRead)
  const own = hasCalls ? read.filter(({ type }) => type !== 'tool_call') : read
  const [first] = own
  if (!first) return { content: '', isStandard: false }
  if (own.length === 1 && isPart(first, 'text')) return { content: first.content, isStandard: false }
  const isStandard = own.every(({ type }) => standard.has(type))
  return { content: (isStandard ? read : own).map(blockOf), isStandard }
}

function blockOf(part: Part): unknown {
  if (isPart(part, 'text')) return { type: 'text', text: part.content }
  if (isPart(part, 'reasoning')) return { type: 'reasoning', reasoning: part.content }
  return isPart(part, 'tool_call') ? callOfPart(part, USUAL_CALLS) : blockOfPart(part, 0)
}

/** Whether a message that is made of these parts holds all that they do. */
export const isHeldWhole = (parts: readonly Part[]): boolean =>
  parts.every(
    (part) =>
      isPart(part, 'tool_call') ||
      isPart(part, 'tool_call_response') ||
      (isPart(part, 'text') && Object.keys(part).length === 2),
  )
