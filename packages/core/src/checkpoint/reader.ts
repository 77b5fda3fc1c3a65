import type { Key, Read, Row, Snapshot, Store } from '../contract/store.ts'
import type { ChunkCache } from './chunk-cache.ts'
import { EntryReader } from './entry-reader.ts'
import type { EntryTable } from './entry-table.ts'
import {
  checkpointKey,
  checkpointOf,
  checkpointPrefix,
  headKey,
  isOwnNamespace,
  namespaceOf,
  SESSION_KEY,
  tipPrefix,
  writeOwner,
  writesPrefix,
} from './layout.ts'
import { controlKeys, learnControls, learnTip, textOf } from './learn.ts'
import { PAGE_BYTES, PAGE_ROWS, readAll, readPages } from './paging.ts'
import { type BlockItem, findItem, mergeWrites, parseItem, parseWrite } from './record.ts'
import type { Address, Run } from './runs.ts'
import type { SealedBlock } from './sealed-block.ts'
import { corrupt } from './stored.ts'
import type { Thread } from './thread.ts'
import { parseTip } from './tip.ts'

const WRITES = 1_000
const EARLY_BYTES = 64 * 1024

/** Reads checkpoints and the entries that they name, and lets the thread learn what it saw on the way. */
export class Reader {
  readonly #store: Store
  readonly #chunks: ChunkCache
  readonly #entries: EntryReader
  readonly #note: (storeTime: number) => void

  constructor(store: Store, chunks: ChunkCache, note: (storeTime: number) => void) {
    this.#store = store
    this.#chunks = chunks
    this.#note = note
    this.#entries = new EntryReader(chunks, (thread, reads) => this.read(thread, reads))
  }

  /** The text of an entry, if it is in memory. */
  cached(thread: Thread, at: Address): string | undefined {
    return this.#entries.cached(thread, at)
  }

  /** As {@link EntryReader.entries}. */
  entries(thread: Thread, lists: readonly (readonly Run[])[], next?: string): Promise<EntryTable> {
    return this.#entries.entries(thread, lists, next)
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
      ...(isNew ? [{ prefix: headKey(''), limit: PAGE_ROWS, maxBytes: EARLY_BYTES }] : []),
    ])
    learnControls(thread, control, rows[0] ?? [])
    for (const row of rows[4] ?? []) this.#entries.learnEarly(thread, row)
    const tip = rows[1]?.[0]
    learnTip(thread, namespace, tip)
    if (!tip) return undefined
    const { id, appended } = parseTip(tip.key, textOf(tip))
    const row = rows[2]?.[0]
    const item = row
      ? await this.#item(thread, namespace, id, row, rows[3] ?? [], more[3] ?? false)
      : await this.at(thread, namespace, id)
    if (!item && thread.tips.get(namespace)?.id === id) throw corrupt('The newest checkpoint is gone')
    return item && { ...item, appended }
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
    learnTip(thread, namespace, rows[1]?.[0])
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
    return readAll((reads) => this.read(thread, reads), { prefix: writesPrefix(namespace, id), limit: PAGE_ROWS })
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
    const range = { prefix: writesPrefix(namespace), from: writesPrefix(namespace, oldest), limit: PAGE_ROWS }
    return readAll((reads) => this.read(thread, reads), to === undefined ? range : { ...range, to })
  }

  /** Reads the heads of segments. */
  async heads(thread: Thread, segments: readonly string[]): Promise<void> {
    const keys = segments.map(headKey)
    const { rows } = await this.read(thread, [{ get: keys }])
    learnControls(thread, keys, rows[0] ?? [])
  }

  /** Reads the session row, and other rows in the same trip. */
  async session(thread: Thread, others: Key[] = []): Promise<Snapshot> {
    const snapshot = await this.read(thread, [{ get: [SESSION_KEY] }, { get: others }])
    learnControls(thread, [SESSION_KEY], snapshot.rows[0] ?? [])
    return snapshot
  }

  /** Every row under a prefix, page by page. */
  async *range(thread: Thread, prefix: Key): AsyncGenerator<Row> {
    for await (const rows of readPages((reads) => this.read(thread, reads), { prefix, limit: PAGE_ROWS })) yield* rows
  }

  /** The namespaces of graphs that hold checkpoints. */
  async namespaces(thread: Thread): Promise<string[]> {
    const tips = await readAll((reads) => this.read(thread, reads), { prefix: 't/', limit: PAGE_ROWS })
    return tips.map(({ key }) => namespaceOf(key)).filter((namespace) => !isOwnNamespace(namespace))
  }
}

const NEWEST = { reverse: true, maxBytes: PAGE_BYTES }

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
