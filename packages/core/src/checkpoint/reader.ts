import { splitKey } from '../contract/key.ts'
import type { Key, Read, Row, Snapshot, Store } from '../contract/store.ts'
import type { Chunk, ChunkCache } from './chunk-cache.ts'
import { EntryTable } from './entry-table.ts'
import {
  checkpointKey,
  checkpointOf,
  checkpointPrefix,
  chunkFirst,
  chunkKey,
  chunkPrefix,
  headKey,
  namespaceOf,
  SESSION_KEY,
  tipPrefix,
  writeOwner,
  writesPrefix,
} from './layout.ts'
import { controlKeys, learnControls, learnOpenRows, openReads, type Range, textOf } from './learn.ts'
import { type BlockItem, findItem, mergeWrites, parseItem, parseWrite } from './record.ts'
import type { Address, Run } from './runs.ts'
import { SEAL_CHECKPOINTS } from './seal.ts'
import type { SealedBlock } from './sealed-block.ts'
import { corrupt } from './stored.ts'
import type { Thread } from './thread.ts'

const WRITES = 1_000
const ROWS = 1_000
const BYTES = 8 * 1024 * 1024
const EARLY_BYTES = 64 * 1024

/** Reads checkpoints and the entries that they name, and lets the thread learn what it saw on the way. */
export class Reader {
  readonly #store: Store
  readonly #chunks: ChunkCache
  readonly #note: (storeTime: number) => void

  constructor(store: Store, chunks: ChunkCache, note: (storeTime: number) => void) {
    this.#store = store
    this.#chunks = chunks
    this.#note = note
  }

  /** The text of an entry, if it is in memory. */
  cached(thread: Thread, { segment, position }: Address): string | undefined {
    const chunk = this.#chunks.find(thread.partition, segment, position)
    return chunk?.lines[position - chunk.first]
  }

  async read(thread: Thread, reads: Read[]): Promise<Snapshot> {
    const snapshot = await this.#store.read(thread.partition, reads)
    this.#note(snapshot.now)
    return snapshot
  }

  /**
   * The newest checkpoint with its pending writes, in one trip. At first sight of a session its entries come along, as
   * far as they are small: a short session is loaded whole.
   */
  async tip(thread: Thread, namespace: string): Promise<BlockItem | undefined> {
    const prefix = tipPrefix(namespace)
    const control = controlKeys(thread)
    const isNew = this.#chunks.keeps && thread.session === undefined && thread.heads.size === 0
    const { rows, more } = await this.read(thread, [
      { get: control },
      { prefix, limit: 1 },
      { prefix: checkpointPrefix(namespace), below: 1, limit: 1 },
      { prefix: writesPrefix(namespace), below: 1, limit: WRITES },
      ...(isNew ? [{ prefix: headKey(''), limit: ROWS, maxBytes: EARLY_BYTES }] : []),
    ])
    learnControls(thread, control, rows[0] ?? [])
    for (const row of rows[4] ?? []) this.#learnEarly(thread, row)
    const tip = rows[1]?.[0]
    thread.learnTip(namespace, tip?.key, tip && textOf(tip))
    if (!tip) return undefined
    const id = checkpointOf(tip.key)
    const row = rows[2]?.[0]
    const item = row
      ? await this.#item(thread, namespace, id, row, rows[3] ?? [], more[3] ?? false)
      : await this.at(thread, namespace, id)
    if (!item && thread.tips.get(namespace)?.id === id) throw corrupt('The newest checkpoint is gone')
    return item
  }

  /** A checkpoint with its pending writes, and the tip of its namespace, in one trip. */
  async at(thread: Thread, namespace: string, id: string): Promise<BlockItem | undefined> {
    const control = controlKeys(thread)
    const { rows, more } = await this.read(thread, [
      { get: control },
      { prefix: tipPrefix(namespace), limit: 1 },
      { prefix: checkpointPrefix(namespace), from: checkpointKey(namespace, id), floor: true, limit: 1 },
      { prefix: writesPrefix(namespace, id), limit: WRITES },
    ])
    learnControls(thread, control, rows[0] ?? [])
    const tip = rows[1]?.[0]
    thread.learnTip(namespace, tip?.key, tip && textOf(tip))
    const row = rows[2]?.[0]
    if (!row) return undefined
    return this.#item(thread, namespace, id, row, rows[3] ?? [], more[3] ?? false)
  }

  async #item(
    thread: Thread,
    namespace: string,
    id: string,
    row: Row,
    writes: Row[],
    more: boolean,
  ): Promise<BlockItem | undefined> {
    const line = findItem(textOf(row), id)
    if (line === undefined) return undefined
    const item = parseItem(line)
    const open = more ? await this.writes(thread, namespace, id) : writes
    thread.remember(namespace, item.record)
    return {
      record: item.record,
      writes: mergeWrites(
        item.writes,
        open.map((write) => parseWrite(textOf(write))),
      ),
    }
  }

  /** The block that a checkpoint with this id would stand in: the one before it, or the first. */
  async block(thread: Thread, namespace: string, id: string): Promise<SealedBlock | undefined> {
    const range = { prefix: checkpointPrefix(namespace), from: checkpointKey(namespace, id), floor: true, limit: 1 }
    const { rows } = await this.read(thread, [range])
    const row = rows[0]?.[0]
    return row && { key: row.key, rev: row.rev, text: textOf(row) }
  }

  /** All open writes of a checkpoint. */
  async writes(thread: Thread, namespace: string, id: string): Promise<Row[]> {
    return this.#all(thread, { prefix: writesPrefix(namespace, id), limit: ROWS })
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
    let first = true
    while (reads.length > 0 || first) {
      const { rows, more } = await this.read(thread, [...(first ? [{ get: control }, ...open] : []), ...reads])
      let at = 0
      if (first) {
        learnControls(thread, control, rows[at++] ?? [])
        if (due) {
          const whole = open.map(async (read, i) => (more[at + i] ? this.#all(thread, read) : (rows[at + i] ?? [])))
          const [checkpoints, writes] = await Promise.all(whole)
          learnOpenRows(thread, next, checkpoints ?? [], writes ?? [])
        }
        at += open.length
      }
      const rest: Read[] = []
      for (const read of reads) {
        const found = rows[at] ?? []
        for (const row of found) this.#learnChunk(thread, row, table)
        const onward = more[at++] ? continueAfter(read, found) : undefined
        if (onward) rest.push(onward)
      }
      reads = rest
      first = false
    }
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
        limit: ROWS,
        maxBytes: BYTES,
      })
      break
    }
    return reads
  }

  /** Takes in a head or a chunk that was read before it was known to be needed. */
  #learnEarly(thread: Thread, row: Row): void {
    const [, segment = '', position] = splitKey(row.key)
    if (position === undefined) thread.learnHead(segment, row.rev, textOf(row))
    else this.#learnChunk(thread, row, new EntryTable())
  }

  #learnChunk(thread: Thread, row: Row, table: EntryTable): void {
    const segment = row.key.slice(2, row.key.lastIndexOf('/'))
    const chunk: Chunk = { first: chunkFirst(row.key), lines: textOf(row).split('\n') }
    table.add(segment, chunk)
    thread.learnChunk(segment, chunk)
    this.#chunks.add(thread.partition, segment, chunk)
  }

  /** Every row of a range, in as many trips as it takes. */
  async #all(thread: Thread, range: Range): Promise<Row[]> {
    const all: Row[] = []
    let read: Read | undefined = { ...range, maxBytes: BYTES }
    while (read) {
      const { rows, more } = await this.read(thread, [read])
      const found = rows[0] ?? []
      all.push(...found)
      read = more[0] ? continueAfter(read, found) : undefined
    }
    return all
  }

  /** The checkpoints of a namespace, newest first, page by page, each with all of its writes; a page is one trip. */
  async *pages(thread: Thread, namespace: string, before: string | undefined): AsyncGenerator<BlockItem[]> {
    let bound = before
    while (true) {
      const { rows, more } = await this.read(thread, [
        { prefix: checkpointPrefix(namespace), ...upTo(bound, checkpointKey, namespace), ...NEWEST, limit: 128 },
        { prefix: writesPrefix(namespace), ...upTo(bound, writesPrefix, namespace), ...NEWEST, limit: WRITES },
      ])
      const blocks = rows[0] ?? []
      const items = blocks.flatMap((row) => textOf(row).split('\n').map(parseItem).reverse())
      const page = bound === undefined ? items : items.filter(({ record }) => record.id < (bound as string))
      const oldest = page.at(-1)?.record.id
      if (oldest !== undefined) {
        const writes = rows[1] ?? []
        if (more[1]) writes.push(...(await this.#olderWrites(thread, namespace, oldest, writes.at(-1)?.key)))
        yield withWrites(page, writes)
      }
      if (!more[0]) return
      bound = checkpointOf(blocks.at(-1)?.key ?? '')
    }
  }

  #olderWrites(thread: Thread, namespace: string, oldest: string, to: Key | undefined): Promise<Row[]> {
    const range = { prefix: writesPrefix(namespace), from: writesPrefix(namespace, oldest), limit: ROWS }
    return this.#all(thread, to === undefined ? range : { ...range, to })
  }

  /** Reads the session row. */
  async session(thread: Thread): Promise<Snapshot> {
    const snapshot = await this.read(thread, [{ get: [SESSION_KEY] }])
    learnControls(thread, [SESSION_KEY], snapshot.rows[0] ?? [])
    return snapshot
  }

  /** Every row under a prefix, page by page. */
  async *range(thread: Thread, prefix: Key): AsyncGenerator<Row> {
    let read: Read | undefined = { prefix, limit: ROWS, maxBytes: BYTES }
    while (read) {
      const { rows, more } = await this.read(thread, [read])
      const found = rows[0] ?? []
      yield* found
      read = more[0] ? continueAfter(read, found) : undefined
    }
  }

  /** The namespaces that hold checkpoints. */
  async namespaces(thread: Thread): Promise<string[]> {
    const tips = await this.#all(thread, { prefix: 't/', limit: ROWS })
    return tips.map(({ key }) => namespaceOf(key))
  }
}

function unknownHeads(thread: Thread, lists: readonly (readonly Run[])[]): string[] {
  const segments = new Set(lists.flatMap((runs) => runs.map(({ segment }) => segment)))
  return [...segments].filter((segment) => !thread.heads.has(segment))
}

function continueAfter(read: Read, found: readonly Row[]): Read | undefined {
  const last = found.at(-1)
  if (!last || !('prefix' in read) || 'below' in read) return undefined
  // A blank sorts before every character that a key can go on with.
  const { floor: _, ...range } = read
  return { ...range, from: `${last.key}\u0020` }
}

const NEWEST = { reverse: true, maxBytes: BYTES }

function upTo(id: string | undefined, key: (namespace: string, id: string) => Key, namespace: string): { to?: Key } {
  return id === undefined ? {} : { to: key(namespace, id) }
}

function withWrites(items: readonly BlockItem[], rows: readonly Row[]): BlockItem[] {
  const open = Map.groupBy(rows, (row) => writeOwner(row.key))
  return items.map(({ record, writes }) => {
    const later = (open.get(record.id) ?? []).map((row) => parseWrite(textOf(row)))
    return { record, writes: mergeWrites(writes, later) }
  })
}
