import type { MessageView, PartView } from '../../lens.ts'
import type { Finding, Rule } from '../rule.ts'

const everyone = ['openai', 'anthropic', 'gemini'] as const

const EMPTY = '(empty)'

const blank = (text: string): boolean => text.trim() === ''

function isContent(part: PartView): boolean {
  if (part.kind === 'text' || part.kind === 'other') return !blank(part.text)
  return part.kind !== 'reasoning'
}

/**
 * Providers refuse messages without content; Anthropic refuses single texts without any. OpenAI itself takes an empty
 * result, but not everyone who speaks its protocol does.
 */
export const emptyContent: Rule = ({ views }) => {
  const findings: Finding[] = []
  for (const [at, view] of views.entries()) {
    const finding = { rule: 'empty-content' as const, at, providers: everyone }
    // Reasoning alone is a matter of its own rule.
    if (!view.parts.some(isContent) && !view.parts.some(({ kind }) => kind === 'reasoning')) {
      findings.push({ ...finding, words: 'The message has no content', fixes: [emptyFix(at, view)] })
      continue
    }
    for (const [part, found] of view.parts.entries()) {
      if (found.kind === 'text' && blank(found.text)) {
        const fixes = [{ do: 'change' as const, at, part, edit: { drop: true as const } }]
        findings.push({ ...finding, providers: ['anthropic'], part, words: 'A text without content', fixes })
      } else if (isEmptyResult(found)) {
        const fixes = [{ do: 'change' as const, at, part, edit: { text: EMPTY } }]
        findings.push({ ...finding, part, words: 'A result without content', fixes })
      }
    }
  }
  return findings
}

function isEmptyResult(part: PartView): boolean {
  return part.kind === 'result' && blank(part.text) && !part.fixed && !part.providerExecuted && !part.tokens
}

/** An empty message goes; a pinned one is filled where it can be. */
function emptyFix(at: number, { pinned, parts }: MessageView): Finding['fixes'][number] {
  const part = parts.findIndex(({ kind }) => kind === 'text')
  if (!pinned || part < 0) return { do: 'remove', at }
  return { do: 'change', at, part, edit: { text: EMPTY } }
}
