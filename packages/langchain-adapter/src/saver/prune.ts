import { type Candidate, EverthreadError, type Keep } from '@everthread/core'
import { INTERRUPT } from '@langchain/langgraph-checkpoint'
import type { Header } from './header.ts'

export interface PruneOptions {
  /** Default: every thread of the tenant. */
  threadId?: string
  /** Keep this many of the newest checkpoints of each namespace. */
  keepLast?: number
  /** Keep what is not older than this moment; a number is ms since the epoch. */
  olderThan?: Date | number
}

/** @throws `PRUNE_INVALID` */
export function keepBy({ keepLast, olderThan }: PruneOptions): Keep {
  const since = olderThan === undefined ? undefined : Number(olderThan)
  if (keepLast === undefined && since === undefined) {
    throw new EverthreadError('PRUNE_INVALID', 'Say what to keep: { keepLast } or { olderThan }, or both')
  }
  if (keepLast !== undefined && (!Number.isSafeInteger(keepLast) || keepLast < 0)) {
    throw new EverthreadError('PRUNE_INVALID', 'Give keepLast as a whole number, 0 or more')
  }
  if (since !== undefined && Number.isNaN(since)) {
    throw new EverthreadError('PRUNE_INVALID', 'Give olderThan as a Date or as ms since the epoch')
  }
  return (candidates) => {
    const kept = new Set<Candidate>()
    for (const group of Map.groupBy(candidates, ({ namespace }) => namespace).values()) {
      const newestFirst = group.toSorted((a, b) => (a.record.id < b.record.id ? 1 : -1))
      const parents = new Set(group.map(({ record }) => record.parentId))
      for (const [i, candidate] of newestFirst.entries()) {
        const wanted = i < Math.max(keepLast ?? 0, 1) || (since !== undefined && timeOf(candidate) >= since)
        if (wanted || waits(candidate, parents)) kept.add(candidate)
      }
      keepNeeded(group, kept)
    }
    return kept
  }
}

const headerOf = ({ record }: Candidate): Header => JSON.parse(record.header) as Header

const timeOf = (candidate: Candidate): number => Date.parse(headerOf(candidate).ts)

/** An interrupt that nothing has followed: somebody may still answer it. */
const waits = ({ record, writes }: Candidate, parents: ReadonlySet<string | undefined>): boolean =>
  !parents.has(record.id) && writes.some(({ channel }) => channel === INTERRUPT)

/** Channels that store only their writes need their ancestors, back to one that holds the value. */
function keepNeeded(group: Candidate[], kept: Set<Candidate>): void {
  const byId = new Map(group.map((candidate) => [candidate.record.id, candidate]))
  for (const candidate of [...kept].filter((one) => byId.get(one.record.id) === one)) {
    const { v, md } = headerOf(candidate)
    const open = new Set(Object.keys(md?.counters_since_delta_snapshot ?? {}))
    let parent = byId.get(candidate.record.parentId ?? '')
    if (v < 4 && parent) kept.add(parent)
    for (const channel of stored(candidate)) open.delete(channel)
    while (parent && open.size > 0) {
      kept.add(parent)
      for (const channel of stored(parent)) open.delete(channel)
      parent = byId.get(parent.record.parentId ?? '')
    }
  }
}

/** The channels whose value the checkpoint holds; that of a snapshot stands under a marked name. */
const stored = ({ record }: Candidate): string[] =>
  [...record.refs.keys()].map((channel) => channel.replace('\u0000', ''))
