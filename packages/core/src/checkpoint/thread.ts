import type { Key, Partition } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import type { Appended } from './appended.ts'
import type { Chunk } from './chunk-cache.ts'
import type { Held } from './held.ts'
import type { CheckpointRecord } from './record.ts'
import type { Shape } from './ref.ts'
import { type Run, sameRuns } from './runs.ts'
import type { SealedBlock } from './sealed-block.ts'
import { parseSession, type SessionRow } from './session-row.ts'
import type { Standing } from './standing.ts'
import { parseStored } from './stored.ts'
import { WrittenEntries } from './written-entries.ts'

/** The tip of a namespace. */
export interface Tip {
  key: Key
  id: string
  /** Messages behind the checkpoint's own; only at the root. */
  appended: Appended
  /** Whether there are other branches, which runs may go on with. */
  branched?: boolean
  /** Only at the root. */
  standing: Standing
  /** How many checkpoint rows stand open. A hint for cold readers: they load them when sealing is near. */
  open: number
  /** The greatest checkpoint id inside a sealed block. */
  sealedTo: string | undefined
}

/** As last seen in the store. */
export interface SeenTip extends Tip {
  rev: number
}

export interface Head {
  rev: number
  count: number
  /** Entries before this position are in chunks that will not change. */
  sealed: number
  /** The chunks after it, as far as this process knows them. */
  tail: Chunk[]
}

/** A row that is not sealed yet. */
export interface OpenRow {
  rev: number
  text: string
}

export interface OpenRows {
  /** Whether `items` are all there are. Only then may they be sealed. */
  complete: boolean
  /** Checkpoints, by id. */
  items: Map<string, OpenRow>
  /** The writes that this process knows of, by checkpoint, which they may come before. */
  writes: Map<string, Map<Key, OpenRow>>
  /** The newest block, as far as it is known: it may take in more. */
  last?: SealedBlock
}

const RECORDS = 512
/** Checkpoints whose open writes are known; more than are ever sealed together. */
const OPEN_WRITES = 1_024
const PRESENT = 10_000
const HELD_PER_LANE = 3

/** What this process knows of a partition. All of it may be stale: every commit says what it assumed. */
export class Thread {
  readonly partition: Partition
  session: { rev: number; row: SessionRow } | undefined
  /** Whether the session is known not to be there, rather than not known. */
  absent = false
  readonly tips: Map<string, SeenTip> = new Map()
  readonly heads: Map<string, Head> = new Map()
  readonly open: Map<string, OpenRows> = new Map()
  /** The segment that a lane appends to, for the children of one checkpoint. */
  readonly lanes: Map<string, { segment: string; parent: string }> = new Map()
  readonly #records = new Map<string, CheckpointRecord>()
  readonly #held = new Map<string, Held[]>()
  readonly written: WrittenEntries = new WrittenEntries()
  /** Pending writes that are known to stand. */
  readonly present: Map<Key, true> = new Map()

  constructor(partition: Partition) {
    this.partition = partition
  }

  record(namespace: string, id: string): CheckpointRecord | undefined {
    return this.#records.get(`${namespace}\n${id}`)
  }

  remember(namespace: string, record: CheckpointRecord): void {
    const key = `${namespace}\n${record.id}`
    this.#records.delete(key)
    this.#records.set(key, record)
    trim(this.#records, RECORDS)
  }

  /** The objects behind exactly these runs, if this process holds them. */
  held(lane: string, shape: Shape, runs: readonly Run[]): Held | undefined {
    return this.#held.get(lane)?.find((held) => held.shape === shape && sameRuns(held.runs, runs))
  }

  hold(lane: string, held: Held): void {
    const others = (this.#held.get(lane) ?? []).filter((other) => !sameRuns(other.runs, held.runs))
    this.#held.set(lane, [held, ...others].slice(0, HELD_PER_LANE))
  }

  openRows(namespace: string): OpenRows {
    let rows = this.open.get(namespace)
    if (!rows) {
      rows = { complete: false, items: new Map(), writes: new Map() }
      this.open.set(namespace, rows)
    }
    return rows
  }

  /** Takes in the current row of a namespace's tip, or its absence. */
  learnTip(namespace: string, tip: SeenTip | undefined): void {
    if (tip) this.tips.set(namespace, tip)
    else this.tips.delete(namespace)
  }

  noteOpenWrite(namespace: string, id: string, key: Key, row: OpenRow): void {
    const { writes } = this.openRows(namespace)
    const known = writes.get(id) ?? new Map<Key, OpenRow>()
    known.set(key, row)
    writes.set(id, known)
    trim(writes, OPEN_WRITES)
  }

  /** Notes that a pending write stands, or does not. */
  notePresent(key: Key, stands: boolean): void {
    if (stands) this.present.set(key, true)
    else this.present.delete(key)
    trim(this.present, PRESENT)
  }

  learnHead(segment: string, rev: number, text: string | undefined): void {
    if (text === undefined) {
      this.heads.delete(segment)
      return
    }
    const known = this.heads.get(segment)
    if (known?.rev === rev) return
    const { n, s } = parseStored('segment', () => JSON.parse(text) as { n: number; s: number })
    this.heads.set(segment, { rev, count: n, sealed: s, tail: known?.sealed === s ? known.tail : [] })
  }

  /** Takes in a chunk of a segment's tail that was read. Others may have merged chunks that this process knows singly. */
  learnChunk(segment: string, chunk: Chunk): void {
    const head = this.heads.get(segment)
    if (!head || chunk.first < head.sealed || head.tail.some((known) => covers(known, chunk))) return
    head.tail = [...head.tail.filter((known) => !covers(chunk, known)), chunk].sort((a, b) => a.first - b.first)
  }

  /** Takes in the session row, or its absence. Someone else's change means rows that this process may not know. */
  learnSession(rev: number, text: string | undefined): void {
    if (this.session?.rev === rev) return
    if (!this.session && text === undefined) {
      this.absent = true
      return
    }
    this.doubtOpenRows()
    const generation = this.session?.row.generation
    this.session = text === undefined ? undefined : { rev, row: parseStored('session', () => parseSession(text)) }
    this.absent = text === undefined
    if (generation === undefined || generation === this.session?.row.generation) return
    this.#records.clear()
    this.present.clear()
    this.written.clear()
  }

  doubtOpenRows(): void {
    for (const rows of this.open.values()) rows.complete = false
  }

  forget(): void {
    this.session = undefined
    this.absent = false
    this.tips.clear()
    this.heads.clear()
    this.open.clear()
    this.lanes.clear()
    this.#records.clear()
    this.#held.clear()
    this.written.clear()
    this.present.clear()
  }
}

const covers = (a: Chunk, b: Chunk): boolean =>
  a.first <= b.first && a.first + a.lines.length >= b.first + b.lines.length

/** For a run whose session, or the checkpoint that it builds on, is no longer there. */
export function goneSession(): EverthreadError {
  const message = 'The session was deleted, or the checkpoint that this run builds on was pruned: start the run again'
  return new EverthreadError('CHECKPOINT_GONE', message, { committed: 'no' })
}

export const headText = (head: Pick<Head, 'count' | 'sealed'>): string =>
  JSON.stringify({ n: head.count, s: head.sealed })

function trim(map: Map<unknown, unknown>, size: number): void {
  for (const key of map.keys()) {
    if (map.size <= size) return
    map.delete(key)
  }
}

/** Names the line of values that a channel of a namespace goes through. */
export const laneOf = (namespace: string, channel: string): string => `${namespace}\n${channel}`

/** Names a checkpoint among those of all namespaces. */
export const parentName = (namespace: string, id: string | undefined): string => `${namespace}\n${id ?? ''}`
