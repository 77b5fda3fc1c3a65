/** Up to three small letters as a number, to look words up without cutting them out. */
const packed = (word: string): number => {
  let code = 0
  for (let i = 0; i < word.length; i++) code = code * 32 + (word.charCodeAt(i) & 31)
  return code
}

const WORDS = 32 ** 3

const listed = (words: string): Uint8Array => {
  const list = new Uint8Array(WORDS)
  for (const word of words.split(' ')) list[packed(word)] = 1
  return list
}

/** Short words that only one side has, packed in five bits a letter. */
const english = listed('the of and to is it for by be are you not has if can our any its his how who but why did she')
const foreign = listed(
  'de la le les el los las un una que del en et des du por con der das und dem ein ist mit von zu je na se nie att ' +
    'det som av het een van dat il di che non os da em ve bir bu ja ei si su sur au pas est dla jak tak ale ich wir sie',
)

/** How much of a text in Latin letters is in another language than English. */
export class LatinShare {
  #words = 0
  #english = 0
  #foreign = 0
  #eastern = 0

  /**
   * @param code The word packed in five bits a letter, when it has two or three small letters and nothing else.
   * @param highest The code of its highest letter.
   */
  word(code: number, highest: number): void {
    this.#words++
    if (highest > 0xff) this.#eastern++
    if (highest > 0x7f) this.#foreign++
    else if (english[code] === 1) this.#english++
    else if (foreign[code] === 1) this.#foreign++
  }

  /** 0 to 1. A few such words among many are names and abbreviations. */
  get foreign(): number {
    if (this.#foreign === 0) return 0
    return (this.#foreign / (this.#foreign + this.#english)) * Math.min(1, (8 * this.#foreign) / this.#words)
  }

  /** What its words cost of the average: those of Western Europe less, those with letters beyond Latin-1 more. */
  get weight(): number {
    return 0.84 + 0.36 * Math.min(1, (5 * this.#eastern) / Math.max(1, this.#words))
  }
}
