import type { MessageView, PartView } from '../lens.ts'

/** What of a result is shown to the model that summarises, in characters. */
const RESULT = { head: 1_500, tail: 500 }
/** What of any other part. */
const PART = { head: 12_000, tail: 4_000 }

/** Messages as a text that a model can read. */
export function transcriptOf(views: readonly MessageView[]): string {
  return views.map(lineOf).filter(Boolean).join('\n\n')
}

function lineOf({ role, parts }: MessageView): string {
  return parts
    .map((part) => tell(role, part))
    .filter(Boolean)
    .join('\n')
}

function tell(role: string, part: PartView): string {
  if (part.kind === 'reasoning') return ''
  if (part.kind === 'call') return `[${role} calls ${shorten(part.text, PART)}]`
  if (part.kind === 'result') return `[result${part.tool ? ` of ${part.tool}` : ''}] ${shorten(part.text, RESULT)}`
  if (part.kind === 'file') return `[${role} sends: ${part.modality}]`
  return part.text === '' ? '' : `[${role}] ${shorten(part.text, PART)}`
}

function shorten(text: string, { head, tail }: { head: number; tail: number }): string {
  if (text.length <= head + tail) return text
  return `${text.slice(0, head)}\n(${text.length - head - tail} characters left out)\n${text.slice(text.length - tail)}`
}

/** No longer than the model can read: the middle goes. */
export function fitTranscript(text: string, maxTokens: number, count: (text: string) => number): string {
  let fitted = text
  for (let tokens = count(fitted); tokens > maxTokens; tokens = count(fitted)) {
    const kept = Math.floor(0.9 * (fitted.length / tokens) * maxTokens)
    fitted = shorten(text, { head: Math.ceil(kept * 0.6), tail: Math.floor(kept * 0.4) })
    if (kept < 200) break
  }
  return fitted
}
