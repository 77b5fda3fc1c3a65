import { Embeddings } from '@langchain/core/embeddings'

/** Counts letters: near texts have near vectors, and the same text always has the same one. */
export class LetterEmbeddings extends Embeddings {
  calls = 0

  constructor() {
    super({})
  }

  async embedQuery(text: string): Promise<number[]> {
    const counts = new Array<number>(26).fill(0)
    for (const letter of text.toLowerCase()) {
      const at = letter.charCodeAt(0) - 97
      if (at >= 0 && at < 26) counts[at] = (counts[at] as number) + 1
    }
    return counts
  }

  async embedDocuments(texts: string[]): Promise<number[][]> {
    this.calls++
    return Promise.all(texts.map((text) => this.embedQuery(text)))
  }
}
