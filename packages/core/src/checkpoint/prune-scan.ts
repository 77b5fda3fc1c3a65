import type { Key } from '../contract/store.ts'
import { namespaceOf, writeOwner } from './layout.ts'
import { textOf } from './learn.ts'
import type { Reader } from './reader.ts'
import { type CheckpointRecord, parseItem, parseWrite, type WriteRecord } from './record.ts'
import type { Thread } from './thread.ts'

/** A checkpoint as a pruner sees it. */
export interface Candidate {
  namespace: string
  record: CheckpointRecord
  writes: WriteRecord[]
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
}

export const candidateName = (namespace: string, id: string): string => `${namespace}\n${id}`

/** Every checkpoint of a session with its writes: references only, no entries. */
export async function scanCheckpoints(reader: Reader, thread: Thread): Promise<Scan> {
  const scan: Scan = { blocks: [], openWrites: new Map(), early: [] }
  const candidates = new Map<string, Candidate>()
  for await (const row of reader.range(thread, 'c/')) {
    const namespace = namespaceOf(row.key)
    const lines = textOf(row)
      .split('\n')
      .map((line) => ({ line, candidate: { namespace, ...parseItem(line) } }))
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
