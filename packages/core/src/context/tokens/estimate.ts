import {
  classes,
  DIGIT,
  HALF,
  HAN,
  KANA,
  LETTER,
  LOWER,
  MARK,
  NEWLINE,
  PAIR,
  RUN,
  SIGN,
  SPACE,
  SPACED_RUN,
  UPPER,
} from './characters.ts'
import { LatinShare } from './latin-share.ts'
import { isWordPair } from './word-pairs.ts'
import { GLUED, type Joint, MARKED, SPACED, tokensOfForeignWord, tokensOfWord } from './words.ts'

/**
 * An estimate of a text's tokens, without a tokenizer; made for o200k_base (GPT-4o, GPT-5). It cuts the text as that
 * tokenizer does, in one pass, and weighs the pieces by script, length and place. Within a few percent on prose, code
 * and JSON of a few hundred characters; use `calibratedCounter` for other models.
 */
export function estimateTokens(text: string): number {
  return Math.round(new Scan(text).tokens())
}

const END = 255
/** Blanks are one token up to about this. */
const WIDEST_SPACE = 80

const isLetter = (kind: number): boolean => kind === LOWER || kind === UPPER || (kind >= HAN && kind !== END)

/** The letters a, e, i, o, u and y, as bits of the last five bits of a code. */
const VOWELS = (1 << 1) | (1 << 5) | (1 << 9) | (1 << 15) | (1 << 21) | (1 << 25)

/** Accents that stand beside their letters. */
const COMBINING = 0x300
const COMBINING_END = 0x370

class Scan {
  readonly #text: string
  #at = 0
  #tokens = 0
  /** What the words cost if they are English, and if they are not. */
  #english = 0
  #foreign = 0
  readonly #latin = new LatinShare()

  constructor(text: string) {
    this.#text = text
  }

  tokens(): number {
    while (this.#at < this.#text.length) this.#piece()
    const share = this.#latin.foreign
    return this.#tokens + share * this.#latin.weight * this.#foreign + (1 - share) * this.#english
  }

  #kind(at: number): number {
    return at < this.#text.length ? (classes[this.#text.charCodeAt(at)] as number) : END
  }

  #piece(): void {
    const kind = this.#kind(this.#at)
    if (kind === SPACE || kind === NEWLINE) this.#blank()
    else if (kind === DIGIT) this.#digits()
    else if (isLetter(kind)) this.#letters(this.#at > 0 && this.#kind(this.#at - 1) !== NEWLINE ? GLUED : SPACED)
    else if (isLetter(this.#kind(this.#at + 1)) && kind !== HALF) this.#marked(kind)
    else this.#marks()
  }

  /** Blanks up to the last newline are one token, and so are spaces but the last, which goes with what follows. */
  #blank(): void {
    const from = this.#at
    let newline = -1
    let kind = this.#kind(from)
    let end = from
    while (kind === SPACE || kind === NEWLINE) {
      if (kind === NEWLINE) newline = end
      kind = this.#kind(++end)
    }
    if (newline >= 0) {
      this.#tokens += 1 + Math.floor((newline - from) / WIDEST_SPACE)
      this.#at = newline + 1
      return
    }
    if (end - from > 1 || kind === END || kind === DIGIT) {
      this.#tokens += 1 + Math.floor((end - from) / WIDEST_SPACE)
      this.#at = kind === END || kind === DIGIT ? end : end - 1
      return
    }
    this.#at = end
    if (isLetter(kind)) this.#letters(SPACED)
    else this.#marks()
  }

  /** Three digits are a token. */
  #digits(): void {
    const from = this.#at
    while (this.#kind(this.#at) === DIGIT) this.#at++
    this.#tokens += Math.ceil((this.#at - from) / 3)
  }

  /** One mark goes with the letters after it, as far as the tokenizer knows the two together. */
  #marked(kind: number): void {
    const code = this.#text.charCodeAt(this.#at++)
    const goesAlong = code === 0x5f || code === 0x2e || code === 0x28
    if (this.#kind(this.#at) >= HAN || kind !== MARK) this.#tokens += 0.85
    this.#letters(goesAlong ? GLUED : MARKED)
  }

  #letters(joint: Joint): void {
    if (this.#kind(this.#at) >= HAN) this.#script(joint)
    else this.#word(joint)
  }

  /** A run of letters of scripts other than Latin. */
  #script(joint: Joint): void {
    let kind = this.#kind(this.#at)
    this.#tokens += (joint === SPACED && this.#at > 0 ? SPACED_RUN : RUN)[kind] as number
    for (; kind >= HAN && kind !== END; kind = this.#kind(++this.#at)) {
      this.#tokens += LETTER[kind] as number
      if (kind <= KANA && isWordPair(this.#text.charCodeAt(this.#at), this.#text.charCodeAt(this.#at + 1))) this.#at++
    }
  }

  /** Capitals, then small letters: a word, or the part of a name in camel case. */
  #word(joint: Joint): void {
    const from = this.#at
    let consonants = 0
    let longest = 0
    let vowels = 0
    let code = 0
    let highest = 0
    let small = 0
    for (let kind = this.#kind(from); kind === LOWER || (kind === UPPER && small === 0); kind = this.#kind(this.#at)) {
      const unit = this.#text.charCodeAt(this.#at++)
      if (kind === LOWER) small++
      if (unit > highest) highest = unit
      if (unit >= COMBINING && unit < COMBINING_END) this.#tokens++
      if (unit > 0x7f || (VOWELS >>> (unit & 31)) & 1) {
        vowels++
        consonants = 0
      } else if (++consonants > longest) longest = consonants
      code = (code * 32 + (unit & 31)) | 0
    }
    const length = this.#at - from
    const capitals = length - small
    const besideDigit =
      this.#kind(this.#at) === DIGIT || (joint === GLUED && from > 0 && this.#kind(from - 1) === DIGIT)
    const shape = { capitals, small, besideDigit, rough: length >= 3 && longest >= (vowels > 0 ? 4 : 3) }
    this.#latin.word(capitals === 0 && length > 1 && length < 4 && joint === SPACED ? code : 0, highest)
    this.#english += tokensOfWord(joint, shape)
    this.#foreign += tokensOfForeignWord(joint, shape)
    if (small > 0 && this.#text.charCodeAt(this.#at) === 0x27) this.#contraction()
  }

  /** The ending of "it's" and "they're" is in the word's token. */
  #contraction(): void {
    const text = this.#text
    const next = text.charCodeAt(this.#at + 1) | 32
    if (next === 0x73 || next === 0x74 || next === 0x6d || next === 0x64) this.#at += 2
    else if (/^(ll|re|ve)/i.test(text.slice(this.#at + 1, this.#at + 3))) this.#at += 3
  }

  /** A run of marks and signs, and the newlines after it. */
  #marks(): void {
    const from = this.#at
    const first = this.#text.charCodeAt(from)
    let signs = 0
    let same = true
    let kind = this.#kind(from)
    for (; kind >= MARK && kind <= HALF; kind = this.#kind(++this.#at)) {
      if (this.#text.charCodeAt(this.#at) !== first) same = false
      if (kind === SIGN) signs += 0.95
      else if (kind === PAIR) signs += 1.8
      else if (kind === HALF) signs += 0.01
    }
    const length = this.#at - from
    while (this.#kind(this.#at) === NEWLINE) this.#at++
    if (same && length > 3) this.#tokens += 1 + length / 20
    else if (signs > 0) this.#tokens += Math.max(1, signs)
    else this.#tokens += tokensOfMarks(length)
  }
}

const MARKS = [0, 1, 1.01, 1.14, 1.7, 2, 2.5, 3.1, 4]

const tokensOfMarks = (length: number): number => MARKS[length] ?? 0.5 * length
