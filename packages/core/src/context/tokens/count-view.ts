import type { MessageView, PartView } from '../lens.ts'
import type { CountText } from './counter.ts'

/** What a provider's chat template adds to each message, about. */
export const MESSAGE_TOKENS = 4

/** Tokens of media whose size is not known: what a picture of usual size, or a short recording, costs. */
const MEDIA_TOKENS: Record<string, number> = { image: 1_100, audio: 1_500, video: 5_000, document: 2_500 }

export function countPart(part: PartView, count: CountText): number {
  const text = part.text === '' ? 0 : count(part.text)
  if (part.kind === 'file') return text + (part.tokens ?? MEDIA_TOKENS[part.modality] ?? 1_100)
  return part.kind === 'result' ? text + (part.tokens ?? 0) : text
}

/** Of a message: each part's, and all together with {@link MESSAGE_TOKENS}. */
export function countParts(views: readonly PartView[], count: CountText): { parts: number[]; tokens: number } {
  let tokens = MESSAGE_TOKENS
  // No longer than it must be: one is kept for every message.
  const parts = new Array<number>(views.length)
  for (let part = 0; part < views.length; part++) {
    const own = countPart(views[part] as PartView, count)
    parts[part] = own
    tokens += own
  }
  return { parts, tokens }
}

/** Of a message, {@link MESSAGE_TOKENS} included. */
export function countView(view: MessageView, count: CountText): number {
  return countParts(view.parts, count).tokens
}
