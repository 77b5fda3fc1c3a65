import type { MessageView } from '../../lens.ts'
import type { Finding, Rule } from '../rule.ts'

/** Anthropic and Gemini take system messages only before all others. */
export const systemNotFirst: Rule = ({ views, places, before }) => {
  const findings: Finding[] = []
  let started = before?.started ?? false
  for (const [at, { role, parts }] of views.entries()) {
    if (role !== 'system') started = true
    else if (started) {
      const text = `[System] ${parts.map((part) => part.text).join('\n')}`
      findings.push({
        ...{ rule: 'system-not-first', providers: ['anthropic', 'gemini'], at },
        words: 'A system message stands after other messages',
        fixes: [{ do: 'replace', at, message: { id: `system-${places[at]}`, role: 'user', text } }],
      })
    }
  }
  return findings
}

/** Anthropic and Gemini want the user to speak first; Gemini never starts with a call. */
export const firstRole: Rule = ({ views, places, before }) => {
  if (before?.started) return []
  const at = views.findIndex(({ role }) => role !== 'system')
  if (at < 0 || views[at]?.role === 'user') return []
  const message = { id: `start-${places[at]}`, role: 'user', text: '(The conversation starts here.)' } as const
  return [
    {
      ...{ rule: 'first-role', providers: ['anthropic', 'gemini'], at },
      words: 'The first message is not the user’s',
      fixes: [{ do: 'insert', before: at, message }],
    },
  ]
}

/**
 * Anthropic merges what a user said in a row, Gemini what anyone said: who relies on neither sends one message. And
 * reasoning that stands alone belongs to the assistant message after it, for everyone.
 */
export const sameRoleRun: Rule = ({ views }) => {
  const findings: Finding[] = []
  let last: MessageView | undefined
  for (const [at, view] of views.entries()) {
    const { role } = view
    if (role === last?.role && (role === 'user' || role === 'assistant')) {
      const alone = role === 'assistant' && last.parts.every(({ kind }) => kind === 'reasoning')
      findings.push({
        ...{ rule: 'same-role-run', at, fixes: [{ do: 'merge', at }] },
        providers: alone ? ['openai', 'anthropic', 'gemini'] : role === 'user' ? ['anthropic', 'gemini'] : ['gemini'],
        words: alone ? 'Reasoning stands apart from what it led to' : `Two ${role} messages follow each other`,
      })
    }
    last = view
  }
  return findings
}
