import { closed } from '../context/ui-edit.ts'
import type { PlainUIMessage } from '../messages/from-neutral.ts'
import { isToolPart, STEP_START, type UIPart } from '../messages/ui-message.ts'
import type { Outcome } from './answer.ts'
import { isRecord } from './plain.ts'

const INTERRUPTED = 'The answer was interrupted before the tool had given anything.'

/**
 * An answer as it is kept: texts are done, and of one that did not come whole calls that nothing has answered are
 * closed, so that the next turn runs; `metadata.outcome` says how it ended.
 */
export function sealed(message: PlainUIMessage, outcome: Outcome): PlainUIMessage {
  if (outcome === 'complete') return { ...message, parts: message.parts.map(done) }
  return { ...marked(message, outcome), parts: message.parts.flatMap(sealPart) }
}

/** An answer with a word on how it ended, or that it has not. */
export function marked(message: PlainUIMessage, outcome: Outcome | 'running'): PlainUIMessage {
  const { metadata } = message
  return { ...message, metadata: { ...(isRecord(metadata) ? metadata : {}), outcome } }
}

/** How a stored answer ended. */
export function outcomeOf({ metadata }: PlainUIMessage): Outcome {
  const outcome = isRecord(metadata) ? metadata.outcome : undefined
  return outcome === 'stopped' || outcome === 'failed' ? outcome : 'complete'
}

/** Whether there is anything to keep. */
export const saysSomething = ({ parts }: PlainUIMessage): boolean => parts.some(({ type }) => type !== STEP_START)

const done = (part: UIPart): UIPart => (part.state === 'streaming' ? { ...part, state: 'done' } : part)

function sealPart(part: UIPart): UIPart[] {
  if (part.text === '' && (part.type === 'text' || part.type === 'reasoning')) return []
  if (!isToolPart(part)) return [done(part)]
  // Input that has not come whole is no call.
  if (part.state === 'input-streaming') return []
  const isOpen = part.state === 'input-available' || part.state === 'approval-responded'
  return [isOpen || part.preliminary === true ? closed(withoutOutput(part), INTERRUPTED) : part]
}

const withoutOutput = ({ output: _, preliminary: __, ...part }: UIPart): UIPart => part
