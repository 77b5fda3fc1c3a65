import { randomBytes } from 'node:crypto'
import type { Key } from '../contract/store.ts'
import type { Chunk } from './chunk-cache.ts'
import { chunkKey } from './layout.ts'
import type { Head } from './thread.ts'

/** Small chunks are merged once they hold this much text together: what one block compresses and one read loads. */
export const SEAL_CHARS: number = 96 * 1024
const SEAL_ENTRIES = 512

/** What will be appended to a segment. */
export interface SegmentDraft {
  segment: string
  /** Undefined for a segment that this draft opens. */
  head: Head | undefined
  lines: string[]
}

/** The rows that a draft of a segment comes to. */
export interface LaidSegment {
  puts: { key: Key; chunk: Chunk }[]
  removes: Key[]
  head: Omit<Head, 'rev'>
}

/** 60 random bits: unique within a partition. */
export const newSegment = (): string => randomBytes(8).toString('base64url').slice(0, 10)

export const lengthOf = ({ head, lines }: SegmentDraft): number => (head?.count ?? 0) + lines.length

/** New entries become chunks; once the open chunks are worth a block, and all of them are known, they are merged. */
export function laySegment({ segment, head, lines }: SegmentDraft): LaidSegment {
  const count = head?.count ?? 0
  const sealed = head?.sealed ?? 0
  const known = head?.tail ?? []
  const added = cut(count, lines)
  const tail = [...known, ...added]
  const open = tail.flatMap((chunk) => chunk.lines)
  const end = count + lines.length
  if (open.length !== end - sealed || !worthSealing(open)) {
    const puts = added.map((chunk) => ({ key: chunkKey(segment, chunk.first), chunk }))
    return { puts, removes: [], head: { count: end, sealed, tail } }
  }
  const blocks = cut(sealed, open)
  const last = blocks.at(-1)
  const rest = last && !worthSealing(last.lines) ? [last] : []
  const puts = blocks.map((chunk) => ({ key: chunkKey(segment, chunk.first), chunk }))
  const kept = new Set(puts.map(({ key }) => key))
  const removes = known.map((chunk) => chunkKey(segment, chunk.first)).filter((key) => !kept.has(key))
  return { puts, removes, head: { count: end, sealed: rest[0]?.first ?? end, tail: rest } }
}

function cut(first: number, lines: readonly string[]): Chunk[] {
  const chunks: Chunk[] = []
  let from = 0
  let chars = 0
  for (const [i, line] of lines.entries()) {
    chars += line.length
    if (chars < SEAL_CHARS && i - from + 1 < SEAL_ENTRIES && i + 1 < lines.length) continue
    chunks.push({ first: first + from, lines: lines.slice(from, i + 1) })
    from = i + 1
    chars = 0
  }
  return chunks
}

function worthSealing(lines: readonly string[]): boolean {
  if (lines.length >= SEAL_ENTRIES) return true
  let chars = 0
  for (const line of lines) chars += line.length
  return chars >= SEAL_CHARS
}
