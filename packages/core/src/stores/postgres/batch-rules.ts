import type { Commit, Outcome, Partition, Read, Snapshot } from '../../contract/store.ts'
import type { BatchRules } from '../tick-batch.ts'
import type { Answer } from './reply.ts'

export interface PendingCommit {
  partition: Partition
  commit: Commit
}

export interface PendingRead {
  partition: Partition
  reads: Read[]
}

/** One statement takes so many commits, and so many bytes of them. */
const BATCH_COMMITS = 64
const BATCH_BYTES = 4 * 1024 * 1024
/** Few, so that the reads of many go to several connections and are answered as the server gets to them. */
const BATCH_READS = 8

export function commitRules(send: (commits: PendingCommit[]) => Promise<Answer[]>): BatchRules<PendingCommit, Outcome> {
  return {
    countOf: countCommits,
    // Always in one order, so that two statements never wait for each other's partitions.
    compare: (a, b) => compare(nameOf(a.partition), nameOf(b.partition)),
    send,
    // Only what is known not to have happened may be sent again as if for the first time.
    mayTryAlone: ({ committed }) => committed === 'no',
  }
}

export function readRules(send: (reads: PendingRead[]) => Promise<Snapshot[]>): BatchRules<PendingRead, Snapshot> {
  return {
    countOf: () => BATCH_READS,
    send,
    // What the server says of rows, not of itself.
    mayTryAlone: ({ code }) => code === 'STORE_FAILED' || code === 'STORE_CORRUPT',
  }
}

function countCommits(waiting: readonly PendingCommit[]): number {
  let bytes = 0
  let count = 0
  for (const { commit } of waiting) {
    for (const op of commit.ops) bytes += 64 + ('put' in op ? op.value.length : 0)
    if (count === BATCH_COMMITS || (count > 0 && bytes > BATCH_BYTES)) break
    count++
  }
  return count
}

function nameOf({ tenant, id }: Partition): string {
  return `${tenant}\0${id}`
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
