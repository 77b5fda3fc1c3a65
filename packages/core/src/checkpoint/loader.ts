import { type Appended, NONE_APPENDED, sameAppended } from './appended.ts'
import type { Head } from './branch-row.ts'
import type { Desk } from './desk.ts'
import { EntryMissing, type EntryTable } from './entry-table.ts'
import { commonStart } from './held.ts'
import { type BlockItem, recordText, type WriteRecord } from './record.ts'
import { type Memo, type RefText, refToRuns, resolveRef, runsOf } from './ref.ts'
import { addresses, type Run } from './runs.ts'
import { goneSession, laneOf } from './thread.ts'
import { entryName } from './written-entries.ts'

/** How often a checkpoint is read before an entry that it names counts as gone. */
const TRIES = 3
/** How many entries at the end of a list a superstep may have added, in a checkpoint that is copied. */
const COPIED = 32

export interface LoadedWrite {
  task: string
  index: number
  channel: string
  path: string | undefined
  value: unknown
}

export interface LoadedCheckpoint {
  namespace: string
  id: string
  parentId: string | undefined
  header: unknown
  channels: Record<string, unknown>
  /** In the order in which frameworks replay them. */
  writes: LoadedWrite[]
  /** The text of its record: what it holds is the same as long as that is. */
  text: string
  /** Messages behind those of the checkpoint, in the history's form; only of a tip that was loaded as such. */
  appended: Appended & { texts: string[] }
}

/** A tip that was loaded before. */
export type KnownTip = Pick<LoadedCheckpoint, 'text'> & { appended: Appended }

/** Turns stored checkpoints into values. */
export class CheckpointLoader {
  readonly #desk: Desk

  constructor(desk: Desk) {
    this.#desk = desk
  }

  async load(namespace: string, head: Head | undefined): Promise<LoadedCheckpoint | undefined> {
    if (head === undefined) return this.loadTip(namespace, undefined) as Promise<LoadedCheckpoint | undefined>
    const { reader, thread } = this.#desk
    const find = (): Promise<BlockItem | undefined> => reader.at(thread, namespace, head.id)
    return this.#settled(await find(), find, (item) => this.#loadOne(namespace, { ...head, ...item }, true))
  }

  /** The tip, unless it is as it is known: then none of its entries is looked at. */
  async loadTip(namespace: string, known: KnownTip | undefined): Promise<LoadedCheckpoint | 'same' | undefined> {
    const { reader, thread } = this.#desk
    const find = (): Promise<BlockItem | undefined> => reader.tip(thread, namespace)
    const found = await find()
    if (known && found && isKnown(found, known)) return 'same'
    return this.#settled(found, find, (item) => this.#loadOne(namespace, item, false))
  }

  /**
   * Between the read of a checkpoint and that of its entries, these may be moved, or removed with it: then it is
   * looked for again. Undefined when it is gone.
   */
  async #settled(
    found: BlockItem | undefined,
    find: () => Promise<BlockItem | undefined>,
    load: (item: BlockItem) => Promise<LoadedCheckpoint>,
  ): Promise<LoadedCheckpoint | undefined> {
    let item = found
    for (let tries = 1; item; tries++) {
      try {
        return await load(item)
      } catch (error) {
        if (!(error instanceof EntryMissing) || tries >= TRIES) throw error
        item = await find()
      }
    }
    return undefined
  }

  async #loadOne(namespace: string, item: BlockItem, chosen: boolean): Promise<LoadedCheckpoint> {
    const shared = this.#shared(namespace, item)
    const loaded = await this.#decoded(namespace, item, { shared, chosen })
    this.#hold(namespace, item, loaded, shared)
    return loaded
  }

  /**
   * The text of the entries is let go before the objects are held: a long history is not in memory three times over.
   *
   * @param chosen - by its id: what follows may be a copy of it, which has its parent and still its own entries
   */
  async #decoded(
    namespace: string,
    item: BlockItem,
    { shared, chosen }: { shared: Map<string, unknown[]>; chosen: boolean },
  ): Promise<LoadedCheckpoint> {
    const { reader, thread } = this.#desk
    const refs = [...item.record.refs].filter(([channel]) => !shared.has(channel)).map(([, ref]) => ref)
    const written = item.writes.map(({ ref }) => ref)
    const { appended = NONE_APPENDED } = item
    const table = await reader.entries(thread, [...runLists([...refs, ...written]), appended.runs], namespace)
    this.#noteEntries([...written, refToRuns('h', appended.runs)], table)
    if (chosen) this.#noteEntries(refs, table, COPIED)
    return this.#decode(namespace, item, table, shared)
  }

  async *list(query: { namespace?: string; before?: string }): AsyncGenerator<LoadedCheckpoint> {
    const { reader, thread } = this.#desk
    const namespaces = query.namespace === undefined ? await reader.namespaces(thread) : [query.namespace]
    const memo: Memo = new Map()
    for (const namespace of namespaces) {
      for await (const items of reader.pages(thread, namespace, query.before)) {
        for (const item of items) {
          const loaded = await this.#loadItem(namespace, item, memo)
          if (loaded) yield loaded
        }
      }
    }
  }

  /** The checkpoints before the one with this id, parent by parent, nearest first. */
  async *ancestors(namespace: string, id: string): AsyncGenerator<LoadedCheckpoint> {
    const { reader, thread } = this.#desk
    let next = (thread.record(namespace, id) ?? (await reader.at(thread, namespace, id))?.record)?.parentId
    const memo: Memo = new Map()
    for await (const items of reader.pages(thread, namespace, id)) {
      for (const item of items) {
        if (next === undefined) return
        if (item.record.id !== next) continue
        const loaded = await this.#loadItem(namespace, item, memo, true)
        if (!loaded) throw goneSession()
        yield loaded
        next = item.record.parentId
      }
    }
  }

  /** Decodes a checkpoint that was read, sharing what the memo holds. */
  #loadItem(namespace: string, item: BlockItem, memo: Memo, note = false): Promise<LoadedCheckpoint | undefined> {
    const { reader, thread } = this.#desk
    const find = (): Promise<BlockItem | undefined> => reader.at(thread, namespace, item.record.id)
    return this.#settled(item, find, async ({ record, writes }) => {
      const refs = [...record.refs.values(), ...writes.map(({ ref }) => ref)]
      const table = await reader.entries(thread, runLists(refs))
      if (note) this.#noteEntries(refs, table)
      return this.#decode(namespace, { record, writes }, table, new Map(), memo)
    })
  }

  /** Lists whose objects were handed out before and are what they were: may be handed out again. */
  #shared(namespace: string, { record }: BlockItem): Map<string, unknown[]> {
    const shared = new Map<string, unknown[]>()
    if (!this.#desk.share) return shared
    for (const [channel, ref] of record.refs) {
      const list = runsOf(ref)
      if (list?.shape !== 'h') continue
      const held = this.#desk.thread.held(laneOf(namespace, channel), 'h', list.runs)
      if (!held) continue
      const items = held.items.length === held.length ? held.items : held.items.slice(0, held.length)
      if (commonStart(held, items, undefined) === held.length) shared.set(channel, items.slice())
    }
    return shared
  }

  #decode(
    namespace: string,
    item: BlockItem,
    table: EntryTable,
    shared: Map<string, unknown>,
    memo?: Memo,
  ): LoadedCheckpoint {
    const { format } = this.#desk
    const { record } = item
    const channels: Record<string, unknown> = {}
    for (const [channel, ref] of record.refs) {
      const value = shared.has(channel) ? shared.get(channel) : resolveRef(ref, format, table.text, memo)
      if (channel === '__proto__')
        Object.defineProperty(channels, channel, { value, enumerable: true, writable: true, configurable: true })
      else channels[channel] = value
    }
    const writes = item.writes.map(({ ref, ...write }: WriteRecord) => ({
      ...write,
      value: resolveRef(ref, format, table.text, memo),
    }))
    const { appended = NONE_APPENDED } = item
    return {
      namespace,
      id: record.id,
      parentId: record.parentId,
      header: format.parse(record.header),
      channels,
      writes,
      text: recordText(record),
      appended: { ...appended, texts: [...addresses(appended.runs)].map((at) => table.text(at.segment, at.position)) },
    }
  }

  /** The put that follows may be of what was only written so far, by whichever process: it is stored already. */
  #noteEntries(refs: readonly RefText[], table: EntryTable, last = Number.POSITIVE_INFINITY): void {
    const { thread } = this.#desk
    for (const ref of refs) {
      const list = runsOf(ref)
      if (!list) continue
      const all = [...addresses(list.runs)]
      for (const at of last < all.length ? all.slice(-last) : all) {
        if (!thread.written.knows(at)) {
          thread.written.note(entryName(list.shape, table.text(at.segment, at.position)), at)
        }
      }
    }
  }

  /** The put that follows will be about these very objects. */
  #hold(namespace: string, { record }: BlockItem, { channels }: LoadedCheckpoint, shared: Map<string, unknown>): void {
    const { thread, format } = this.#desk
    for (const [channel, ref] of record.refs) {
      const list = runsOf(ref)
      if (!list || shared.has(channel)) continue
      const lane = laneOf(namespace, channel)
      const { shape, runs } = list
      const keys = shape === 'o' ? Object.keys(channels[channel] as object) : undefined
      const value = channels[channel]
      const items =
        shape === 'b' || shape === 'm' ? [value] : keys ? Object.values(value as object) : [...(value as unknown[])]
      const known = thread.held(lane, shape, runs)
      const { snapshots: snapshotter } = format
      let snapshots = known && snapshotter.byContent ? known.snapshots : undefined
      if (!snapshots) {
        snapshots = snapshotter.list()
        for (const item of items) snapshots.push(snapshotter.take(item))
      }
      thread.hold(lane, { shape, runs, length: items.length, items, keys, snapshots })
    }
  }
}

const isKnown = ({ record, appended = NONE_APPENDED }: BlockItem, known: KnownTip): boolean =>
  sameAppended(appended, known.appended) && recordText(record) === known.text

const runLists = (refs: readonly RefText[]): Run[][] =>
  refs.flatMap((ref) => {
    const list = runsOf(ref)
    return list ? [list.runs] : []
  })
