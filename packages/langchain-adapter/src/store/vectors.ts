import { EverthreadError } from '@everthread/core'
import type { PutOperation } from '@langchain/langgraph-checkpoint'
import { refuseUnknown } from '../known-options.ts'
import { textsAt } from './text-paths.ts'

/** What makes vectors of texts: LangChain `Embeddings`. */
export interface Embedder {
  embedDocuments(texts: string[]): Promise<number[][]>
  embedQuery(text: string): Promise<number[]>
}

export interface IndexOptions {
  /** Numbers in a vector. */
  dims: number
  embeddings: Embedder
  /** What of an item to search by, as paths. Default `['$']`: all of it. */
  fields?: string[]
}

/** Makes vectors of items and queries, all texts of a batch at once. */
export class Vectors {
  readonly #options: IndexOptions
  readonly #fields: ((value: unknown) => string[])[]

  /** @throws `OPTIONS_INVALID`, `INDEX_INVALID` */
  constructor(options: IndexOptions) {
    refuseUnknown('the index of EverthreadStore', options, ['dims', 'embeddings', 'fields'])
    const { dims, embeddings, fields = ['$'] } = options
    if (!Number.isSafeInteger(dims) || dims < 1) {
      throw new EverthreadError('INDEX_INVALID', 'Give index.dims as the number of numbers in a vector')
    }
    if (typeof embeddings?.embedDocuments !== 'function' || typeof embeddings.embedQuery !== 'function') {
      throw new EverthreadError('INDEX_INVALID', 'Give index.embeddings as LangChain Embeddings')
    }
    this.#options = options
    this.#fields = fields.map(textsAt)
  }

  textsOf(operation: PutOperation): string[] {
    const { value, index } = operation
    if (value === null || index === false) return []
    const fields = index ? index.map(textsAt) : this.#fields
    return fields.flatMap((texts) => texts(value))
  }

  /** @throws `EMBEDDING_INVALID` */
  async embed(texts: Iterable<string>): Promise<Map<string, Float32Array>> {
    const unique = [...new Set(texts)]
    if (unique.length === 0) return new Map()
    const vectors = await this.#options.embeddings.embedDocuments(unique)
    return new Map(unique.map((text, i) => [text, this.#checked(vectors[i])]))
  }

  /** @throws `EMBEDDING_INVALID` */
  async query(text: string): Promise<Float32Array> {
    return this.#checked(await this.#options.embeddings.embedQuery(text))
  }

  /** The best of an item's vectors: cosine, from -1 to 1. */
  score(stored: Uint8Array, query: Float32Array): number {
    const { dims } = this.#options
    const numbers = new Float32Array(stored.slice().buffer)
    if (numbers.length % dims !== 0) {
      throw new EverthreadError('INDEX_INVALID', 'Give index.dims as it was when the items were put, or put them again')
    }
    let best = Number.NEGATIVE_INFINITY
    for (let at = 0; at < numbers.length; at += dims) best = Math.max(best, cosine(numbers, at, query))
    return best
  }

  #checked(vector: number[] | undefined): Float32Array {
    const { dims } = this.#options
    if (vector?.length === dims && vector.every(Number.isFinite)) return Float32Array.from(vector)
    throw new EverthreadError(
      'EMBEDDING_INVALID',
      `Give embeddings that make ${dims} numbers of each text, as index.dims says`,
    )
  }
}

export function packVectors(vectors: readonly Float32Array[]): Uint8Array {
  return Buffer.concat(
    vectors.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  )
}

function cosine(numbers: Float32Array, at: number, query: Float32Array): number {
  let dot = 0
  let length = 0
  let queryLength = 0
  for (let i = 0; i < query.length; i++) {
    const a = numbers[at + i] as number
    const b = query[i] as number
    dot += a * b
    length += a * a
    queryLength += b * b
  }
  return length === 0 || queryLength === 0 ? 0 : dot / Math.sqrt(length * queryLength)
}
