import { EverthreadError } from '../errors.ts'
import type { Chunk } from './chunk-cache.ts'

/** Code `CHECKPOINT_CORRUPT`: a checkpoint names an entry that is not there. */
export class EntryMissing extends EverthreadError {
  constructor() {
    super('CHECKPOINT_CORRUPT', 'A checkpoint names an entry that is gone from the database; restore it from a backup')
  }
}

/** The entries that one call has at hand, by segment and position. */
export class EntryTable {
  readonly #segments = new Map<string, Chunk[]>()
  #last: { segment: string; chunk: Chunk } | undefined

  add(segment: string, chunk: Chunk): void {
    const chunks = this.#segments.get(segment)
    if (chunks) chunks.push(chunk)
    else this.#segments.set(segment, [chunk])
  }

  chunks(segment: string): readonly Chunk[] {
    return this.#segments.get(segment) ?? []
  }

  find(segment: string, position: number): Chunk | undefined {
    const last = this.#last
    if (last && last.segment === segment && holds(last.chunk, position)) return last.chunk
    const chunk = this.#segments.get(segment)?.find((one) => holds(one, position))
    if (chunk) this.#last = { segment, chunk }
    return chunk
  }

  /** @throws `CHECKPOINT_CORRUPT` when a checkpoint names an entry that is not there */
  readonly text = (segment: string, position: number): string => {
    const chunk = this.find(segment, position)
    const line = chunk?.lines[position - chunk.first]
    if (line === undefined) throw new EntryMissing()
    return line
  }
}

const holds = (chunk: Chunk, position: number): boolean =>
  position >= chunk.first && position < chunk.first + chunk.lines.length
