import type { Part } from '@everthread/core'
import { type OtherView, type PartView, type ReasoningView, readPart } from '@everthread/core/context'
import type { Fields } from '../messages/ui-message.ts'

/** Reads a part as the neutral one reads that it becomes. */
export const readAs = (part: Fields): PartView => readPart(part as Part)

/** What the lens passes through and no model reads. */
export const unread: OtherView = { kind: 'other', text: '' }

const signers: Record<string, NonNullable<ReasoningView['signer']>> = {
  openai: 'openai',
  azure: 'openai',
  anthropic: 'anthropic',
  bedrock: 'anthropic',
  google: 'gemini',
  vertex: 'gemini',
}

/** Reasoning with what a provider knows it by: then it goes as it came. */
export function readReasoning(text: unknown, metadata: unknown): ReasoningView {
  const view: ReasoningView = { kind: 'reasoning', text: typeof text === 'string' ? text : '' }
  if (typeof metadata !== 'object' || metadata === null) return view
  const signer = Object.keys(metadata).find((name) => Object.hasOwn(signers, name))
  return { ...view, signed: true, ...(signer !== undefined && { signer: signers[signer] as 'openai' }) }
}
