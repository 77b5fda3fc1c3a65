import { estimateTokens, type TokenCounter } from '@everthread/core/context'

/** About how much text is remembered at once; the older half goes first. */
const MOST_CHARS = 8_000_000

/**
 * A counter that counts each text once: a step gives the same texts again, in messages that are other objects each time.
 *
 * @throws what the counter throws
 */
export function rememberedCounts(counter: TokenCounter = estimateTokens): (text: string) => number {
  const count = typeof counter === 'function' ? counter : (text: string): number => counter.count(text)
  let before = new Map<string, number>()
  let recent = new Map<string, number>()
  let chars = 0
  return (text) => {
    const known = recent.get(text)
    if (known !== undefined) return known
    const tokens = before.get(text) ?? count(text)
    recent.set(text, tokens)
    chars += text.length
    if (chars > MOST_CHARS / 2) {
      before = recent
      recent = new Map()
      chars = 0
    }
    return tokens
  }
}
