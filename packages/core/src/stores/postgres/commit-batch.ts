import type { Commit, Outcome, Partition } from '../../contract/store.ts'
import { EverthreadError } from '../../errors.ts'
import type { Answer } from './reply.ts'

export interface PendingCommit {
  partition: Partition
  commit: Commit
}

interface Waiting extends PendingCommit {
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

/** One statement takes this much at most. */
const BATCH_COMMITS = 64
const BATCH_BYTES = 4 * 1024 * 1024

/** Gathers the commits of one tick, so that they share a round trip. One that fails the others is tried alone. */
export class CommitBatch {
  readonly #send: (commits: PendingCommit[]) => Promise<Answer[]>
  #waiting: Waiting[] = []

  constructor(send: (commits: PendingCommit[]) => Promise<Answer[]>) {
    this.#send = send
  }

  add(partition: Partition, commit: Commit): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      // A tick ends once all promises that are settled have been acted on.
      if (this.#waiting.length === 0) queueMicrotask(() => process.nextTick(() => this.#flush()))
      this.#waiting.push({ partition, commit, resolve, reject })
    })
  }

  #flush(): void {
    const waiting = this.#waiting.splice(0)
    while (waiting.length > 0) void this.#sendBatch(waiting.splice(0, countOf(waiting)))
  }

  async #sendBatch(batch: Waiting[]): Promise<void> {
    // Always in one order, so that two statements never wait for each other's partitions.
    const ordered = batch.toSorted((a, b) => compare(nameOf(a.partition), nameOf(b.partition)))
    try {
      const outcomes = await this.#send(ordered)
      for (const [at, { resolve, reject }] of ordered.entries()) {
        const outcome = outcomes[at] as Answer
        if (EverthreadError.isInstance(outcome)) reject(outcome)
        else resolve(outcome)
      }
    } catch (error) {
      // Only what is known not to have happened may be sent again as if for the first time.
      const isAlone = batch.length === 1 || !EverthreadError.isInstance(error) || error.committed !== 'no'
      if (isAlone) for (const { reject } of batch) reject(error)
      else for (const one of batch) await this.#sendBatch([one])
    }
  }
}

function countOf(waiting: Waiting[]): number {
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
