import type { Key } from '../contract/store.ts'
import { BRANCHES_PREFIX, type Head, parseBranch } from './branch-row.ts'
import { chunkFirst, headKey, isOwnNamespace, namespaceOf, tipPrefix, writeOwner } from './layout.ts'
import { seenTip, textOf } from './learn.ts'
import type { Reader } from './reader.ts'
import { type CheckpointRecord, parseItem, parseWrite, type WriteRecord } from './record.ts'
import { type RefText, refToRuns } from './ref.ts'
import type { Thread } from './thread.ts'

/** A checkpoint as a pruner sees it. */
export interface Candidate {
  namespace: string
  record: CheckpointRecord
  writes: WriteRecord[]
  /** Whether a branch stands there: it stays. */
  isHead: boolean
  /** Whether the core keeps it for itself: it is no graph's, and goes only when its owner says so. */
  isOwn: boolean
}

export interface Block {
  key: Key
  rev: number
  namespace: string
  lines: { line: string; candidate: Candidate }[]
}

export interface Scan {
  blocks: Block[]
  /** Open pending writes, by namespace and checkpoint. */
  openWrites: Map<string, { key: Key; rev: number }[]>
  /** Writes whose checkpoint is not there yet: they may arrive before it. */
  early: WriteRecord[]
  /** Messages behind the tip, and behind the heads of branches. */
  behind: RefText[]
}

export const candidateName = (namespace: string, id: string): string => `${namespace}\n${id}`

/** A segment with its chunks, without what is in them. */
export interface ScannedSegment {
  name: string
  head: { key: Key; rev: number }
  chunks: { key: Key; rev: number; from: number; to: number }[]
}

/**
 * Every segment of a session. Read before the checkpoints, so that an entry which comes in meanwhile is not taken for
 * one that nothing refers to: its chunk is not in this list, or has another revision by then.
 */
export async function scanSegments(reader: Reader, thread: Thread): Promise<ScannedSegment[]> {
  const segments = new Map<string, ScannedSegment>()
  for await (const row of reader.range(thread, 'm/')) {
    const name = row.key.split('/')[1] ?? ''
    const segment = segments.get(name) ?? { name, head: { key: headKey(name), rev: 0 }, chunks: [] }
    segments.set(name, segment)
    if (row.key === headKey(name)) {
      segment.head.rev = row.rev
      continue
    }
    const from = chunkFirst(row.key)
    const before = segment.chunks.at(-1)
    if (before) before.to = from
    segment.chunks.push({ key: row.key, rev: row.rev, from, to: Number.POSITIVE_INFINITY })
  }
  return [...segments.values()]
}

/** Where the branches stand, the current one at the tip. */
async function scanHeads(reader: Reader, thread: Thread): Promise<Head[]> {
  const heads: Head[] = []
  for await (const row of reader.range(thread, tipPrefix(''))) heads.push(seenTip(row))
  for await (const row of reader.range(thread, BRANCHES_PREFIX)) {
    const { head } = parseBranch(textOf(row))
    if (head) heads.push(head)
  }
  return heads
}

/** Every checkpoint of a session with its writes: references only, no entries. */
export async function scanCheckpoints(reader: Reader, thread: Thread): Promise<Scan> {
  const heads = await scanHeads(reader, thread)
  const behind = heads.map(({ appended }) => refToRuns('h', appended.runs))
  const scan: Scan = { blocks: [], openWrites: new Map(), early: [], behind }
  const isHead = (namespace: string, id: string): boolean => namespace === '' && heads.some((head) => head.id === id)
  const candidates = new Map<string, Candidate>()
  for await (const row of reader.range(thread, 'c/')) {
    const namespace = namespaceOf(row.key)
    const lines = textOf(row)
      .split('\n')
      .map((line) => {
        const item = parseItem(line)
        return {
          line,
          candidate: {
            namespace,
            ...item,
            isHead: isHead(namespace, item.record.id),
            isOwn: isOwnNamespace(namespace),
          },
        }
      })
    for (const { candidate } of lines) candidates.set(candidateName(namespace, candidate.record.id), candidate)
    scan.blocks.push({ key: row.key, rev: row.rev, namespace, lines })
  }
  for await (const row of reader.range(thread, 'w/')) {
    const name = candidateName(namespaceOf(row.key), writeOwner(row.key))
    const writes = scan.openWrites.get(name) ?? []
    writes.push({ key: row.key, rev: row.rev })
    scan.openWrites.set(name, writes)
    const owner = candidates.get(name)?.writes ?? scan.early
    owner.push(parseWrite(textOf(row)))
  }
  return scan
}
