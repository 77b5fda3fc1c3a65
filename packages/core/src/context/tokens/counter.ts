import { EverthreadError } from '../../errors.ts'

/** Counts the tokens of a text. It must give the same number every time for the same text. */
export type TokenCounter = ((text: string) => number) | { count(text: string): number }

export type CountText = (text: string) => number

const bare = new WeakMap<TokenCounter, CountText>()

/**
 * The counter as a function that is never wrong in silence. The same counter gives the same function, so that what it
 * counted can be remembered.
 *
 * @throws `TOKEN_COUNTER_INVALID` when it is none; the function it gives also when the counter throws, or gives what
 * is not a number of tokens
 */
export function checkedCounter(counter: TokenCounter): CountText {
  const known = isCounter(counter) ? bare.get(counter) : undefined
  if (known) return known
  if (!isCounter(counter)) {
    throw new EverthreadError('TOKEN_COUNTER_INVALID', 'Give "tokenCounter" a function from a text to its tokens')
  }
  const count: CountText = typeof counter === 'function' ? counter : (text) => counter.count(text)
  const checked: CountText = (text) => {
    let tokens: number
    try {
      tokens = count(text)
    } catch (cause) {
      throw new EverthreadError('TOKEN_COUNTER_INVALID', 'Mend the token counter: it threw', { cause })
    }
    if (typeof tokens === 'number' && tokens >= 0 && tokens < Number.POSITIVE_INFINITY) return tokens
    throw new EverthreadError('TOKEN_COUNTER_INVALID', `Mend the token counter: it gave ${String(tokens)} for a text`)
  }
  bare.set(counter, checked)
  return checked
}

function isCounter(value: unknown): value is TokenCounter {
  if (typeof value === 'function') return true
  return typeof value === 'object' && value !== null && 'count' in value && typeof value.count === 'function'
}
