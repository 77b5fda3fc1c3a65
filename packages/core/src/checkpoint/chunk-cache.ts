import { LRUCache } from 'lru-cache'
import type { Partition } from '../contract/store.ts'

/** Consecutive entries of a segment, as text. Immutable: an entry never changes, though chunks are merged. */
export interface Chunk {
  first: number
  lines: readonly string[]
}

export interface LoadedChunk {
  segment: string
  chunk: Chunk
}

/**
 * Entries that were read or written, bounded by their size. Never stale: what stands at a position of a segment
 * stands there for ever, and a segment's name is never given twice.
 */
export class ChunkCache {
  readonly #chunks: LRUCache<string, Chunk> | undefined
  /** First positions by segment, ascending; may name chunks that have since been dropped. */
  readonly #firsts: LRUCache<string, number[]>
  readonly #share: number

  /** @param bytes - about how much text to keep; 0 keeps none */
  constructor(bytes: number) {
    this.#chunks = bytes > 0 ? new LRUCache({ maxSize: bytes, sizeCalculation: sizeOf }) : undefined
    this.#firsts = new LRUCache({ max: 10_000 })
    this.#share = bytes / 8
  }

  get keeps(): boolean {
    return this.#chunks !== undefined
  }

  /** Keeps what one load brought, unless it would take more than its share from everything else. */
  addAll(partition: Partition, loaded: readonly LoadedChunk[]): void {
    const size = loaded.reduce((sum, { chunk }) => sum + sizeOf(chunk), 0)
    if (size > this.#share) return
    for (const { segment, chunk } of loaded) this.add(partition, segment, chunk)
  }

  add(partition: Partition, segment: string, chunk: Chunk): void {
    if (!this.#chunks) return
    const name = nameOf(partition, segment)
    const end = chunk.first + chunk.lines.length
    const others = (this.#firsts.get(name) ?? []).filter((first) => {
      if (first < chunk.first || first >= end) return true
      this.#chunks?.delete(`${name}/${first}`)
      return false
    })
    const at = others.findIndex((first) => first > chunk.first)
    others.splice(at < 0 ? others.length : at, 0, chunk.first)
    this.#firsts.set(name, others)
    this.#chunks.set(`${name}/${chunk.first}`, chunk)
  }

  clear(): void {
    this.#chunks?.clear()
    this.#firsts.clear()
  }

  /** The cached chunk that holds the position. */
  find(partition: Partition, segment: string, position: number): Chunk | undefined {
    if (!this.#chunks) return undefined
    const name = nameOf(partition, segment)
    const first = this.#firsts.get(name)?.findLast((at) => at <= position)
    if (first === undefined) return undefined
    const chunk = this.#chunks.get(`${name}/${first}`)
    return chunk && position < chunk.first + chunk.lines.length ? chunk : undefined
  }
}

const nameOf = ({ tenant, id }: Partition, segment: string): string => `${tenant}\n${id}\n${segment}`

function sizeOf(chunk: Chunk): number {
  let size = 64
  for (const line of chunk.lines) size += line.length + 32
  return size
}
