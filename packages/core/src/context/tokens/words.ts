/** How a word of Latin letters begins: at a space, inside something, or at a mark that its token does not take along. */
export type Joint = 0 | 1 | 2
export const SPACED: Joint = 0
export const GLUED: Joint = 1
export const MARKED: Joint = 2

const LONGEST = 16
/** Of each letter beyond {@link LONGEST}. */
const BEYOND = 0.3

type Table = Float64Array

const line = (start: number, slope: number): Table =>
  Float64Array.from({ length: LONGEST }, (_, i) => Math.max(1, start + slope * (i + 1)))

const table = (...tokens: number[]): Table => Float64Array.from(tokens)

/**
 * Tokens of a word by its length and {@link Joint}: what o200k_base made of each such piece, on average, in English
 * prose, documentation, code, configuration and the results of tools.
 */
const plain: readonly Table[] = [
  table(1, 1, 1.02, 1.01, 1.03, 1.04, 1.06, 1.12, 1.18, 1.23, 1.26, 1.4, 1.4, 1.6, 2.1, 3),
  table(1, 1.02, 1.07, 1.06, 1.11, 1.16, 1.22, 1.28, 1.43, 1.49, 1.59, 1.63, 2.4, 3.2, 3.4, 4),
  table(1.1, 1.4, 1.43, 1.43, 1.4, 1.55, 1.55, 2.05, 2.2, 2.6, 2.7, 3.1, 3.6, 4.1, 4.2, 5),
]

/** Many consonants in a row: an abbreviation, or no word at all. */
const rough: readonly Table[] = [line(1.19, 0.016), line(1.28, 0.032), line(1.28, 0.137)]

/** Beside a digit: a piece of an identifier. */
const piece: readonly Table[] = [line(0.78, 0.13), line(0.72, 0.242), line(0.72, 0.32)]

/** All in capitals. */
const capitals: readonly Table[] = [line(0.82, 0.106), line(0.67, 0.177), line(0.96, 0.303)]
const capitalsBesideDigit: readonly Table[] = [line(0.54, 0.315), line(0.51, 0.453), line(1.18, 0.482)]

/** Several capitals, then small letters. */
const mixed: readonly Table[] = [line(0.96, 0.158), line(1.96, 0.077), line(0.1, 0.381)]
const mixedBesideDigit: readonly Table[] = [line(0.16, 0.302), line(0.53, 0.372), line(1.03, 0.372)]

/** In languages other than English that are written in Latin letters: twenty European and Asian ones. */
const foreignWord = table(1, 1.03, 1.08, 1.15, 1.39, 1.55, 1.76, 2, 2.23, 2.46, 2.63, 2.95, 3.1, 3.2, 3.6, 4.6)
const foreignAfterMark = foreignWord.map((tokens) => tokens + 0.6)
const foreign: readonly Table[] = [foreignWord, foreignWord, foreignAfterMark]
const foreignCapitals: readonly Table[] = [line(0.49, 0.39), line(0.49, 0.39), line(0.9, 0.39)]

function at(tables: readonly Table[], joint: Joint, length: number): number {
  const costs = tables[joint] as Table
  if (length <= LONGEST) return costs[length - 1] as number
  return (costs[LONGEST - 1] as number) + BEYOND * (length - LONGEST)
}

/** What a word looks like. */
export interface Shape {
  capitals: number
  small: number
  besideDigit: boolean
  rough: boolean
}

export function tokensOfWord(joint: Joint, { capitals: high, small, besideDigit, rough: isRough }: Shape): number {
  const length = high + small
  if (high > 1) {
    if (small > 0) return at(besideDigit ? mixedBesideDigit : mixed, joint, length)
    return at(besideDigit ? capitalsBesideDigit : capitals, joint, length)
  }
  if (besideDigit) return at(small === 0 ? capitalsBesideDigit : piece, joint, length)
  return at(isRough ? rough : plain, joint, length)
}

/** The same word, were the text in another language than English. */
export function tokensOfForeignWord(joint: Joint, { capitals: high, small }: Shape): number {
  return at(high > 1 && small === 0 ? foreignCapitals : foreign, joint, high + small)
}
