import { randomBytes } from 'node:crypto'
import type { Key } from '../contract/store.ts'
import type { Chunk } from './chunk-cache.ts'
import { chunkKey } from './layout.ts'
import type { Head } from './thread.ts'

/** Small chunks are merged once they hold this much text together: what one block compresses and one read loads. */
const SEAL_CHARS: number = 96 * 1024
const SEAL_ENTRIES = 512
/** Until then, this many chunks in a row that are smaller than that become one. */
const MERGE_CHUNKS = 5
const MERGE_CHARS = 12 * 1024

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
  const end = count + lines.length
  const open = linesBetween(sealed, end, [...known, ...added])
  if (!open || !worthSealing(open)) {
    const { puts, tail } = mergeSmall(known, added)
    return { ...laid(segment, puts, known, tail), head: { count: end, sealed, tail } }
  }
  const blocks = cut(sealed, open)
  const last = blocks.at(-1)
  const rest = last && !worthSealing(last.lines) ? [last] : []
  return {
    ...laid(segment, blocks, known, blocks),
    head: { count: end, sealed: rest[0]?.first ?? end, tail: rest },
  }
}

/** The rows to put, and those of known chunks that are in none of the new ones. */
function laid(segment: string, chunks: Chunk[], known: Chunk[], stay: Chunk[]): Pick<LaidSegment, 'puts' | 'removes'> {
  const firsts = new Set(stay.map(({ first }) => first))
  return {
    puts: chunks.map((chunk) => ({ key: chunkKey(segment, chunk.first), chunk })),
    removes: known.filter(({ first }) => !firsts.has(first)).map(({ first }) => chunkKey(segment, first)),
  }
}

/** New chunks join the small ones before them, once there are several: alone they would compress badly. */
function mergeSmall(known: Chunk[], added: Chunk[]): { puts: Chunk[]; tail: Chunk[] } {
  const all = [...known, ...added]
  let from = all.length
  while (from > 0 && isSmall(all[from - 1]) && (from === all.length || endOf(all[from - 1]) === all[from]?.first))
    from--
  const small = all.slice(from)
  const [first] = small
  if (!first || added.length === 0 || small.length < MERGE_CHUNKS) return { puts: added, tail: all }
  const merged = { first: first.first, lines: small.flatMap((chunk) => chunk.lines) }
  const large = added.filter((chunk) => !small.includes(chunk))
  return { puts: [...large, merged], tail: [...all.slice(0, from), merged] }
}

/** The entries in a stretch, when the chunks hold all of them. Chunks may overlap, as others may have merged them. */
function linesBetween(from: number, to: number, chunks: readonly Chunk[]): string[] | undefined {
  const lines: string[] = []
  for (const chunk of chunks) {
    const next = from + lines.length
    if (chunk.first > next) return undefined
    for (const line of chunk.lines.slice(next - chunk.first)) lines.push(line)
  }
  return from + lines.length === to ? lines : undefined
}

const endOf = (chunk: Chunk | undefined): number => (chunk ? chunk.first + chunk.lines.length : 0)

function isSmall(chunk: Chunk | undefined): boolean {
  return chunk !== undefined && charsOf(chunk.lines) < MERGE_CHARS
}

function charsOf(lines: readonly string[]): number {
  let chars = 0
  for (const line of lines) chars += line.length
  return chars
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
  return lines.length >= SEAL_ENTRIES || charsOf(lines) >= SEAL_CHARS
}
