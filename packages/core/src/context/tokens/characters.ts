/** What the estimate tells characters apart by; from {@link HAN} on, each script has a class. */
export const SPACE = 0
export const NEWLINE = 1
export const DIGIT = 2
export const LOWER = 3
export const UPPER = 4
/** ASCII that is none of the above. */
export const MARK = 5
/** Punctuation and signs beyond ASCII. */
export const SIGN = 6
/** The first half of a character beyond 16 bits, and the second. */
export const PAIR = 7
export const HALF = 8
export const HAN = 9
export const KANA = 10

/** What letters of a script cost: so much for a run of them, for one that takes a space along, and for each letter. */
interface Script {
  run: number
  spacedRun: number
  letter: number
  ranges: readonly (readonly [from: number, to: number])[]
}

const script = (run: number, spacedRun: number, letter: number, ...ranges: [number, number][]): Script => ({
  run,
  spacedRun,
  letter,
  ranges,
})

/**
 * Fitted by least squares to o200k_base (GPT-4o, GPT-5) on the Universal Declaration of Human Rights and on messages
 * of compilers, in these languages.
 */
const scripts: readonly Script[] = [
  // Han; many words of two letters are counted as one letter.
  script(0, 0.4, 1.03, [0x3005, 0x3007], [0x3400, 0x9fff], [0xf900, 0xfaff]),
  // Kana; likewise.
  script(0, 0.2, 0.91, [0x3041, 0x30fa], [0x30fc, 0x30ff], [0xff66, 0xff9f]),
  // Hangul.
  script(0.71, 0.45, 0.55, [0x1100, 0x11ff], [0x3131, 0x318e], [0xac00, 0xd7a3]),
  // Cyrillic.
  script(1.38, 0.59, 0.19, [0x0400, 0x052f]),
  // Greek.
  script(1.63, 0.11, 0.37, [0x0370, 0x03ff], [0x1f00, 0x1fff]),
  // Arabic.
  script(1, 0.43, 0.27, [0x0600, 0x077f], [0xfb50, 0xfdff], [0xfe70, 0xfefc]),
  // Hebrew.
  script(0.66, 0.12, 0.42, [0x0591, 0x05f4]),
  // Devanagari.
  script(1.29, 0.4, 0.27, [0x0900, 0x097f]),
  // Bengali to Tamil.
  script(0.9, 0.3, 0.34, [0x0980, 0x0bff]),
  // Telugu to Sinhala, and Burmese.
  script(1, 0.1, 0.49, [0x0c00, 0x0dff], [0x1000, 0x109f]),
  // Thai.
  script(0.18, 0.04, 0.42, [0x0e00, 0x0e7f]),
  // Armenian and Georgian.
  script(1.43, 0.5, 0.22, [0x0530, 0x058f], [0x10a0, 0x10ff]),
  // Lao, Tibetan, Khmer.
  script(0.5, 0.6, 0.6, [0x0e80, 0x0fff], [0x1780, 0x17ff]),
  // Others come apart into bytes.
  script(0, 0, 2, [0x0780, 0x08ff], [0x1200, 0x177f], [0x1800, 0x1dff], [0xa000, 0xabff]),
]

/** The class of each code unit. */
export const classes: Uint8Array = new Uint8Array(0x10000).fill(SIGN)

const fill = (value: number, ...ranges: (readonly [number, number])[]): void => {
  for (const [from, to] of ranges) classes.fill(value, from, to + 1)
}

fill(MARK, [0, 0x7f])
fill(SPACE, [0x09, 0x09], [0x0b, 0x0c], [0x20, 0x20], [0xa0, 0xa0], [0x2000, 0x200a], [0x3000, 0x3000])
fill(NEWLINE, [0x0a, 0x0a], [0x0d, 0x0d])
fill(DIGIT, [0x30, 0x39])
fill(UPPER, [0x41, 0x5a], [0xc0, 0xd6], [0xd8, 0xde])
fill(LOWER, [0x61, 0x7a], [0xdf, 0xf6], [0xf8, 0x24f], [0x300, 0x36f], [0x1e00, 0x1eff])
fill(PAIR, [0xd800, 0xdbff])
fill(HALF, [0xdc00, 0xdfff])
for (const [i, { ranges }] of scripts.entries()) fill(HAN + i, ...ranges)

const costs = (of: keyof Omit<Script, 'ranges'>): Float64Array => {
  const list = new Float64Array(HAN + scripts.length)
  for (const [i, each] of scripts.entries()) list[HAN + i] = each[of]
  return list
}

export const RUN: Float64Array = costs('run')
export const SPACED_RUN: Float64Array = costs('spacedRun')
export const LETTER: Float64Array = costs('letter')
