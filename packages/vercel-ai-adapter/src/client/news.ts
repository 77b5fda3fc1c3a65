import type { UIMessage } from 'ai'

/** What the server does not have yet: of all that the client holds, it is about the last message. */
export function newsOf<M extends UIMessage>(messages: readonly M[], trigger: string): M[] {
  const last = messages.at(-1)
  if (!last || trigger === 'regenerate-message') return []
  return last.role === 'assistant' ? [decisionsOf(last)] : [last]
}

/** Of an answer that stops for the client: its last step's calls, with what was decided or found out about them. */
function decisionsOf<M extends UIMessage>(answer: M): M {
  const { id, role, parts } = answer
  const step = parts.slice(parts.findLastIndex(({ type }) => type === 'step-start') + 1)
  return { id, role, parts: step.filter(({ type }) => /^(tool-|dynamic-tool$)/.test(type)) } as M
}
