import { type NeutralMessage, textOf } from '../message/message.ts'

/** No title is longer, in UTF-16 units: what titles of sessions may take elsewhere. */
export const MAX_TITLE = 512

/** The first thing that the user said, cut at a word. Undefined when there is no such text. */
export function titleFrom(messages: readonly NeutralMessage[], maxLength: number = MAX_TITLE): string | undefined {
  for (const message of messages) {
    const title = message.role === 'user' ? asTitle(textOf(message), maxLength) : ''
    if (title !== '') return title
  }
  return undefined
}

/** One line without control characters, at most this long: cut at a word, or inside one that is too long by itself. */
export function asTitle(text: string, maxLength: number = MAX_TITLE): string {
  const line = text
    .toWellFormed()
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  if (line.length <= maxLength) return line
  // One more than fits, so that it shows whether the last word ends here.
  const start = line.slice(0, maxLength + 1)
  const words = lastEnd(start, 'word', maxLength)
  return start.slice(0, words || lastEnd(start, 'grapheme', maxLength)).trim()
}

/** Where the last whole segment ends that ends within the limit. */
function lastEnd(text: string, granularity: 'word' | 'grapheme', limit: number): number {
  let end = 0
  for (const { index, segment } of new Intl.Segmenter('und', { granularity }).segment(text)) {
    const after = index + segment.length
    if (after <= limit && after < text.length) end = after
  }
  return end
}
