import { randomUUID } from 'node:crypto'
import type { Commit, Expect, Op, Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import type { Desk } from './desk.ts'
import { checkpointKey, SESSION_KEY, tipPrefix } from './layout.ts'
import {
  type Block,
  type Candidate,
  candidateName,
  type Scan,
  type ScannedSegment,
  scanCheckpoints,
  scanSegments,
} from './prune-scan.ts'
import { idOfItem } from './record.ts'
import { type RefText, runsOf } from './ref.ts'
import type { Run } from './runs.ts'
import { newGeneration, type SessionRow, sessionText } from './session-row.ts'

/** Gives the checkpoints to keep, of all those of a session; what they need stays by itself. */
export type Keep = (candidates: Candidate[]) => Set<Candidate>

export interface Pruned {
  removed: number
  kept: number
}

const OPS = 2_000
const CHARS = 3 * 1024 * 1024
const TRIES = 20

const encoder = new TextEncoder()

/** Someone wrote to the session while it was being pruned. */
class Overtaken extends Error {}

/**
 * Removes checkpoints, then the entries that no remaining one refers to. Each commit leaves the session whole, and
 * is refused if anybody has written since the scan: then it begins again.
 *
 * @param entries - of which segments: of all, or of those that the removed checkpoints refer to
 */
export async function pruneSession(
  store: Store,
  desk: Desk,
  keep: Keep,
  entries: 'all' | 'of removed' = 'all',
): Promise<Pruned> {
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      return await new Pruning(store, desk).run(keep, entries)
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error
    } finally {
      desk.thread.forget()
    }
  }
  throw new EverthreadError('CONFLICT', 'The session was written to all the time: prune it when it is idle')
}

/** With the revision that the row must still have, if it was there before. */
interface Change {
  op: Op
  rev?: number
}

class Pruning {
  readonly #store: Store
  readonly #desk: Desk
  #session: { rev: number; row: SessionRow } | undefined

  constructor(store: Store, desk: Desk) {
    this.#store = store
    this.#desk = desk
  }

  async run(keep: Keep, entries: 'all' | 'of removed'): Promise<Pruned> {
    const { reader, thread } = this.#desk
    await reader.session(thread)
    this.#session = thread.session
    if (!this.#session) return { removed: 0, kept: 0 }
    const segments = await scanSegments(reader, thread)
    const scan = await scanCheckpoints(reader, thread)
    const candidates = scan.blocks.flatMap(({ lines }) => lines.map(({ candidate }) => candidate))
    const kept = keep(candidates)
    for (const candidate of candidates) if (candidate.isHead) kept.add(candidate)
    if (kept.size < candidates.length) {
      for (const changes of this.#removals(scan, kept)) await this.#commit(changes, kept.size)
    }
    const writes = [...scan.early, ...[...kept].flatMap((candidate) => candidate.writes)]
    const refs = [
      ...[...kept].flatMap(({ record }) => [...record.refs.values()]),
      ...writes.map(({ ref }) => ref),
      ...scan.behind,
    ]
    const removed = candidates.filter((candidate) => !kept.has(candidate))
    const theirs = usedRuns(removed.flatMap(({ record }) => [...record.refs.values()]))
    const touched = entries === 'all' ? segments : segments.filter(({ name }) => theirs.has(name))
    await this.#removeEntries(touched, usedRuns(refs), kept.size)
    return { removed: candidates.length - kept.size, kept: kept.size }
  }

  /** Batches of changes, each of which leaves every block in order. Newest first: what is still there has its ancestors. */
  *#removals(scan: Scan, kept: ReadonlySet<Candidate>): Generator<Change[]> {
    const inUse = new Set([...kept].map(({ namespace }) => namespace))
    let batch: Change[] = []
    let chars = 0
    for (const block of scan.blocks.toReversed()) {
      if (block.lines.every(({ candidate }) => kept.has(candidate))) continue
      const changes = [...rewrite(block, kept), ...removedWrites(block, kept, scan)]
      // With the newest block, so that no tip names a checkpoint that is gone.
      if (!inUse.has(block.namespace)) changes.push({ op: { delPrefix: tipPrefix(block.namespace) } })
      batch.push(...changes)
      chars += block.lines.reduce((sum, { line }) => sum + line.length, 0)
      if (batch.length < OPS && chars < CHARS) continue
      yield batch
      batch = []
      chars = 0
    }
    if (batch.length > 0) yield batch
  }

  /** Chunks without a single entry in use go; so do the heads of segments that have none left. */
  async #removeEntries(
    segments: readonly ScannedSegment[],
    used: ReadonlyMap<string, Run[]>,
    kept: number,
  ): Promise<void> {
    const unused = segments.flatMap(({ name, head, chunks }) => {
      const runs = used.get(name) ?? []
      const dead = chunks.filter((chunk) => !runs.some(({ from, to }) => from < chunk.to && to > chunk.from))
      return dead.length < chunks.length ? dead : [...dead, head]
    })
    const changes = unused.map(({ key, rev }): Change => ({ op: { del: key }, rev }))
    for (let at = 0; at < changes.length; at += OPS) await this.#commit(changes.slice(at, at + OPS), kept)
  }

  async #commit(changes: Change[], kept: number): Promise<void> {
    const session = this.#session
    if (!session) return
    const counts = { ...session.row.counts, checkpoints: kept }
    const row: SessionRow = { ...session.row, generation: newGeneration(), counts }
    const expect: Expect[] = [{ key: SESSION_KEY, rev: session.rev }]
    for (const { op, rev } of changes) {
      const key = 'del' in op ? op.del : 'put' in op ? op.put : undefined
      if (rev !== undefined && key !== undefined) expect.push({ key, rev })
    }
    const ops: Op[] = [...changes.map(({ op }) => op), { put: SESSION_KEY, value: encoder.encode(sessionText(row)) }]
    const commit: Commit = { id: randomUUID(), expect, ops }
    const outcome = await this.#store.commit(this.#desk.thread.partition, commit)
    if (!outcome.ok) throw new Overtaken()
    this.#session = { rev: outcome.rev, row }
  }
}

function rewrite(block: Block, kept: ReadonlySet<Candidate>): Change[] {
  const lines = block.lines.filter(({ candidate }) => kept.has(candidate)).map(({ line }) => line)
  const first = lines[0]
  if (first === undefined) return [{ op: { del: block.key }, rev: block.rev }]
  const key = checkpointKey(block.namespace, idOfItem(first))
  const put = { put: key, value: encoder.encode(lines.join('\n')) }
  return key === block.key ? [{ op: put, rev: block.rev }] : [{ op: { del: block.key }, rev: block.rev }, { op: put }]
}

function removedWrites(block: Block, kept: ReadonlySet<Candidate>, { openWrites }: Scan): Change[] {
  return block.lines
    .filter(({ candidate }) => !kept.has(candidate))
    .flatMap(({ candidate }) => openWrites.get(candidateName(block.namespace, candidate.record.id)) ?? [])
    .map(({ key, rev }) => ({ op: { del: key }, rev }))
}

function usedRuns(refs: readonly RefText[]): Map<string, Run[]> {
  const used = new Map<string, Run[]>()
  const seen = new Set<string>()
  for (const run of refs.flatMap((ref) => runsOf(ref)?.runs ?? [])) {
    const name = `${run.segment}/${run.from}/${run.to}`
    if (seen.has(name)) continue
    seen.add(name)
    const runs = used.get(run.segment) ?? []
    runs.push(run)
    used.set(run.segment, runs)
  }
  return used
}
