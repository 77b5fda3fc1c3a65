import type { MessageView } from '../../lens.ts'
import type { Finding, Fix, Rule } from '../rule.ts'

const everyone = ['openai', 'anthropic', 'gemini'] as const

/**
 * Reasoning leads to something: OpenAI wants the item that follows it, Anthropic no message that ends with it, and
 * for Gemini a message of nothing else is empty.
 */
export const orphanedReasoning: Rule = ({ views }) => {
  const findings: Finding[] = []
  for (const [at, { role, parts }] of views.entries()) {
    if (role === 'assistant' && views[at + 1]?.role === 'assistant') continue
    const last = parts.findLastIndex(({ kind, text }) => kind !== 'reasoning' && !(kind === 'other' && text === ''))
    const fixes: Fix[] = []
    for (let part = last + 1; part < parts.length; part++) {
      if (parts[part]?.kind === 'reasoning') fixes.push({ do: 'change', at, part, edit: { drop: true } })
    }
    if (fixes.length === 0) continue
    const whole = last < 0
    findings.push({
      ...{ rule: 'orphaned-reasoning', at, part: last + 1, fixes: whole ? [{ do: 'remove', at }] : fixes },
      providers: whole ? everyone : ['openai', 'anthropic'],
      words: 'Nothing follows the reasoning at the end of the message',
    })
  }
  return findings
}

/** The newest assistant message's reasoning is what the provider wrote, or the message is not there. */
export function changedReasoning(views: readonly MessageView[], original: readonly MessageView[]): Finding[] {
  const at = views.findLastIndex(({ role }) => role === 'assistant')
  const before = original.findLast(({ role }) => role === 'assistant')
  const now = views[at]
  if (!now || !before) return []
  const [was, is] = [reasoningOf(before), reasoningOf(now)]
  const same = was.every((text, i) => text === is[is.length - was.length + i])
  if (same && (was.length > 0 || is.length === 0)) return []
  const words = 'The reasoning of the newest assistant message is not as the provider wrote it'
  return [{ rule: 'changed-reasoning', providers: ['anthropic', 'gemini'], at, words, fixes: [] }]
}

function reasoningOf({ parts }: MessageView): string[] {
  return parts.flatMap((part) => (part.kind === 'reasoning' && part.signed ? [part.text] : []))
}
