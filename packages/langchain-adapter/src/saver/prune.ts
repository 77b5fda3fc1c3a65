import { type Candidate, EverthreadError, type Keep } from '@everthread/core'
import { INTERRUPT } from '@langchain/langgraph-checkpoint'
import type { Header } from './header.ts'

export interface PruneOptions {
  /** Default: every thread of the tenant. */
  threadId?: string
  /** Keep this many of the newest checkpoints of each graph: of a subgraph, in each run that a kept checkpoint has. */
  keepLast?: number
  /** Keep what is not older than this moment; a number is ms since the epoch. */
  olderThan?: Date | number
}

/** Stands in a namespace between the name of a node and the id of its task. */
const TASK_MARK = ':'

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
    for (const candidate of candidates) if (candidate.isOwn) kept.add(candidate)
    const graphs = candidates.filter((candidate) => !candidate.isOwn)
    const groups = [...Map.groupBy(graphs, ({ namespace }) => namespace).values()]
    const roots = groups.find(([first]) => first?.namespace === '') ?? []
    // The root graph first: what the runs of its tasks left is kept for its sake.
    for (const group of [roots, ...groups.filter((one) => one !== roots)]) {
      const newestFirst = group.toSorted((a, b) => (a.record.id < b.record.id ? 1 : -1))
      const parents = new Set(group.map(({ record }) => record.parentId))
      for (const [i, candidate] of newestFirst.entries()) {
        const among = i < Math.max(keepLast ?? 0, 1) && isReachable(candidate, roots, kept)
        const wanted = among || (since !== undefined && timeOf(candidate) >= since)
        if (wanted || candidate.isHead || waits(candidate, parents)) kept.add(candidate)
      }
      keepNeeded(group, kept)
    }
    return kept
  }
}

/**
 * A subgraph that a task ran has a namespace of its own for every run, of no use once the checkpoint that the task
 * belonged to is gone. One that remembers between runs has the same namespace always. While a run goes on, its
 * subgraph may come before the checkpoint.
 */
function isReachable(candidate: Candidate, roots: readonly Candidate[], kept: ReadonlySet<Candidate>): boolean {
  const caller = headerOf(candidate).md?.parents?.['']
  if (!candidate.namespace.includes(TASK_MARK) || caller === undefined) return true
  const root = roots.find(({ record }) => record.id === caller)
  return root ? kept.has(root) : roots.every(({ record }) => record.id < caller)
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
