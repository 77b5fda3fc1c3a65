import { splitKey } from '../contract/key.ts'
import type { Key, Read, Row, Snapshot } from '../contract/store.ts'
import type { Chunk, ChunkCache, LoadedChunk } from './chunk-cache.ts'
import { EntryTable } from './entry-table.ts'
import { chunkFirst, chunkKey, chunkPrefix, headKey, SESSION_KEY } from './layout.ts'
import { learnControls, learnOpenRows, openReads, textOf } from './learn.ts'
import { continueAfter, PAGE_BYTES, PAGE_ROWS, readAll } from './paging.ts'
import type { Address, Run } from './runs.ts'
import { SEAL_CHECKPOINTS } from './seal.ts'
import type { Thread } from './thread.ts'

/** Reads the entries that checkpoints name, and keeps them. */
export class EntryReader {
  readonly #read: (thread: Thread, reads: Read[]) => Promise<Snapshot>
  readonly #chunks: ChunkCache

  constructor(chunks: ChunkCache, read: (thread: Thread, reads: Read[]) => Promise<Snapshot>) {
    this.#chunks = chunks
    this.#read = read
  }

  /** The text of an entry, if it is in memory. */
  cached(thread: Thread, { segment, position }: Address): string | undefined {
    const chunk = this.#chunks.find(thread.partition, segment, position)
    return chunk?.lines[position - chunk.first]
  }

  /**
   * Loads the entries behind the runs that no cache holds, in one trip for what fits into it. For who may go on from
   * there, in the namespace `next`: also the heads of their segments, and the open checkpoints when they are due to be
   * sealed.
   */
  async entries(thread: Thread, lists: readonly (readonly Run[])[], next?: string): Promise<EntryTable> {
    const table = new EntryTable()
    let reads: Read[] = []
    for (const runs of lists) for (const run of runs) reads.push(...this.#missing(thread, run, table))
    const heads = next === undefined ? [] : unknownHeads(thread, lists)
    const due = next !== undefined && this.#sealingIsDue(thread, next)
    if (reads.length === 0 && heads.length === 0 && !due) return table
    const control: Key[] = [SESSION_KEY, ...heads.map(headKey)]
    const open = due ? openReads(thread, next) : []
    const loaded: LoadedChunk[] = []
    let first = true
    while (reads.length > 0 || first) {
      const { rows, more } = await this.#read(thread, [...(first ? [{ get: control }, ...open] : []), ...reads])
      let at = 0
      if (first) {
        learnControls(thread, control, rows[at++] ?? [])
        if (due) {
          const whole = open.map(async (read, i) =>
            more[at + i] ? readAll((reads) => this.#read(thread, reads), read) : (rows[at + i] ?? []),
          )
          const [checkpoints, writes] = await Promise.all(whole)
          learnOpenRows(thread, next, checkpoints ?? [], writes ?? [])
        }
        at += open.length
      }
      const rest: Read[] = []
      for (const read of reads) {
        const found = rows[at] ?? []
        for (const row of found) loaded.push(takeChunk(thread, row, table))
        const onward = more[at++] ? continueAfter(read, found) : undefined
        if (onward) rest.push(onward)
      }
      reads = rest
      first = false
    }
    this.#chunks.addAll(thread.partition, loaded)
    // A chunk that was in memory before the head of its segment was known.
    for (const segment of heads) for (const chunk of table.chunks(segment)) thread.learnChunk(segment, chunk)
    return table
  }

  #sealingIsDue(thread: Thread, namespace: string): boolean {
    const tip = thread.tips.get(namespace)
    return tip !== undefined && tip.open >= SEAL_CHECKPOINTS && !thread.openRows(namespace).complete
  }

  #missing(thread: Thread, run: Run, table: EntryTable): Read[] {
    const reads: Read[] = []
    let position = run.from
    while (position < run.to) {
      const chunk = table.find(run.segment, position) ?? this.#chunks.find(thread.partition, run.segment, position)
      if (chunk) {
        table.add(run.segment, chunk)
        thread.learnChunk(run.segment, chunk)
        position = chunk.first + chunk.lines.length
        continue
      }
      reads.push({
        prefix: chunkPrefix(run.segment),
        from: chunkKey(run.segment, position),
        to: chunkKey(run.segment, run.to),
        floor: true,
        limit: PAGE_ROWS,
        maxBytes: PAGE_BYTES,
      })
      break
    }
    return reads
  }

  /** Takes in a head or a chunk that was read before it was known to be needed. */
  learnEarly(thread: Thread, row: Row): void {
    const [, segment = '', position] = splitKey(row.key)
    if (position === undefined) thread.learnHead(segment, row.rev, textOf(row))
    else this.#chunks.addAll(thread.partition, [takeChunk(thread, row, new EntryTable())])
  }
}

function takeChunk(thread: Thread, row: Row, table: EntryTable): LoadedChunk {
  const segment = row.key.slice(2, row.key.lastIndexOf('/'))
  const chunk: Chunk = { first: chunkFirst(row.key), lines: textOf(row).split('\n') }
  table.add(segment, chunk)
  thread.learnChunk(segment, chunk)
  return { segment, chunk }
}

function unknownHeads(thread: Thread, lists: readonly (readonly Run[])[]): string[] {
  const segments = new Set(lists.flatMap((runs) => runs.map(({ segment }) => segment)))
  return [...segments].filter((segment) => !thread.heads.has(segment))
}
