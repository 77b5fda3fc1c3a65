import type { MessageView, PartView } from '../../lens.ts'
import type { Finding, Fix, Rule } from '../rule.ts'

const everyone = ['openai', 'anthropic', 'gemini'] as const

/**
 * Reasoning leads to something: OpenAI wants the item that follows it, Anthropic no message that ends with it, and
 * for Gemini a message of nothing else is empty.
 */
export const orphanedReasoning: Rule = ({ views }) => {
  const findings: Finding[] = []
  for (const [at, { role, parts }] of views.entries()) {
    const goesOn = role === 'assistant' && saysMore(views[at + 1])
    const steps = stepsOf(parts)
    const ends = steps.flatMap(({ from, to, asked }, i) => {
      const isLast = i === steps.length - 1
      return asked || (isLast && !goesOn) ? trailingReasoning(parts, from, to) : []
    })
    if (ends.length === 0) continue
    const whole = parts.every((part) => part.kind === 'reasoning' || isUnread(part))
    const fixes = ends.map((part): Fix => ({ do: 'change', at, part, edit: { drop: true } }))
    findings.push({
      ...{ rule: 'orphaned-reasoning', at, part: ends[0] as number, fixes: whole ? [{ do: 'remove', at }] : fixes },
      providers: whole ? everyone : ['openai', 'anthropic'],
      words: 'Nothing follows the reasoning at the end of the message',
    })
  }
  return findings
}

/** Whether the assistant says it, and nobody else before. */
function saysMore(next: MessageView | undefined): boolean {
  if (next?.role !== 'assistant') return false
  const first = next.parts.find((part) => !isUnread(part))
  return !(first?.kind === 'other' && first.boundary)
}

const isUnread = ({ kind, text }: PartView): boolean => kind === 'other' && text === ''

/** What one message is to the model; `asked`: another one than the assistant's comes after it. */
interface Step {
  from: number
  to: number
  asked: boolean
}

function stepsOf(parts: readonly PartView[]): Step[] {
  const steps: Step[] = []
  let from = 0
  for (let to = 0; to <= parts.length; to++) {
    const part = parts[to]
    if (part && !(part.kind === 'other' && part.boundary)) continue
    const calls = parts.slice(from, to).some((one) => one.kind === 'call' && (one.pending || !one.providerExecuted))
    const spoken = part !== undefined && part.text !== ''
    const last = steps.at(-1)
    if (!parts.slice(from, to).every(isUnread)) steps.push({ from, to, asked: calls || spoken })
    else if (last && spoken) last.asked = true
    from = to + 1
  }
  return steps
}

function trailingReasoning(parts: readonly PartView[], from: number, to: number): number[] {
  const ends: number[] = []
  for (let part = to - 1; part >= from; part--) {
    const view = parts[part] as PartView
    if (view.kind === 'reasoning') ends.unshift(part)
    else if (!isUnread(view)) break
  }
  return ends
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
