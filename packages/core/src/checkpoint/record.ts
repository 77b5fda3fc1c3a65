import type { Appended } from './appended.ts'
import type { RefText } from './ref.ts'
import { corrupt, parseStored } from './stored.ts'

/** A checkpoint as stored: its own reference for every channel, and a header that the adapter alone reads. */
export interface CheckpointRecord {
  id: string
  parentId: string | undefined
  refs: Map<string, RefText>
  /** The header's text, from `ValueFormat.stringify`. */
  header: string
}

/** A pending write as stored: its value by reference. */
export interface WriteRecord {
  task: string
  index: number
  channel: string
  /** Where the task stands in the graph, from frameworks that order by it. */
  path: string | undefined
  ref: RefText
}

/** A checkpoint in a block, with the writes that were sealed beside it. */
export interface BlockItem {
  record: CheckpointRecord
  writes: WriteRecord[]
  /** Of a tip that was read as such. */
  appended?: Appended
}

export function recordText({ id, parentId, refs, header }: CheckpointRecord): string {
  const channels = [...refs].map(([channel, ref]) => `${JSON.stringify(channel)},${ref}`).join()
  const parent = parentId === undefined ? '' : `"p":${JSON.stringify(parentId)},`
  return `{"i":${JSON.stringify(id)},${parent}"h":${header},"c":[${channels}]}`
}

function parseRecord(text: string): CheckpointRecord {
  const { i, p, h, c } = JSON.parse(text) as { i: string; p?: string; h: unknown; c: unknown[] }
  const refs = new Map<string, RefText>()
  for (let at = 0; at + 1 < c.length; at += 2) refs.set(String(c[at]), JSON.stringify(c[at + 1]))
  return { id: i, parentId: p, refs, header: JSON.stringify(h) }
}

export function writeText({ task, index, channel, path, ref }: WriteRecord): string {
  return `[${JSON.stringify(task)},${index},${JSON.stringify(channel)},${JSON.stringify(path ?? null)},${ref}]`
}

export function parseWrite(text: string): WriteRecord {
  return parseStored('pending write', () => toWrite(JSON.parse(text) as StoredWrite))
}

type StoredWrite = [string, number, string, string | null, unknown]

const toWrite = ([task, index, channel, path, ref]: StoredWrite): WriteRecord => ({
  task,
  index,
  channel,
  path: path ?? undefined,
  ref: JSON.stringify(ref),
})

/** A line of a block: the record, then the sealed writes behind a tab. JSON text holds neither tab nor line break. */
export function itemText(record: string, writes: readonly string[]): string {
  return writes.length === 0 ? record : `${record}\t[${writes.join()}]`
}

export function parseItem(line: string): BlockItem {
  const tab = line.indexOf('\t')
  return parseStored('checkpoint', () => {
    if (tab < 0) return { record: parseRecord(line), writes: [] }
    const writes = (JSON.parse(line.slice(tab + 1)) as StoredWrite[]).map(toWrite)
    return { record: parseRecord(line.slice(0, tab)), writes }
  })
}

/** The line of a checkpoint in a block, without parsing the others. */
export function findItem(block: string, id: string): string | undefined {
  const start = `{"i":${JSON.stringify(id)},`
  return block.split('\n').find((line) => line.startsWith(start))
}

export function idOfItem(line: string): string {
  const [, id] = /^\{"i":("(?:[^"\\]|\\.)*")/.exec(line) ?? []
  if (id === undefined) throw corrupt('A stored checkpoint cannot be read')
  return JSON.parse(id) as string
}

/** By path, task, then index: the order in which frameworks replay them. */
function compareWrites(a: WriteRecord, b: WriteRecord): number {
  return compare(a.path ?? '', b.path ?? '') || compare(a.task, b.task) || a.index - b.index
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Writes sealed with a checkpoint and those that came later. Ordinary writes are kept as first written; special
 * ones, whose index is negative, are replaced by a later one.
 */
export function mergeWrites(sealed: readonly WriteRecord[], open: readonly WriteRecord[]): WriteRecord[] {
  if (sealed.length === 0) return [...open].sort(compareWrites)
  const writes = new Map<string, WriteRecord>()
  for (const write of [...sealed, ...open]) {
    const key = `${write.task}\n${write.index}`
    if (write.index < 0 || !writes.has(key)) writes.set(key, write)
  }
  return [...writes.values()].sort(compareWrites)
}
