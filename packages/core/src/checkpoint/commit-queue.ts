import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Outcome, Row, Store } from '../contract/store.ts'
import { EverthreadError, FencedError } from '../errors.ts'
import { Draft, type DraftOptions } from './draft.ts'
import type { Fence } from './fence.ts'
import { chunkPrefix, STAGE_KEY } from './layout.ts'
import { clearStage } from './stage.ts'
import type { Thread } from './thread.ts'

/**
 * A change to a partition. `plan` may run several times, each on what is then known, and must not wait; what it
 * throws fails this mutation alone.
 */
export type Mutation = (draft: Draft) => void

interface Waiting {
  plan: Mutation
  /** It could not be planned: its caller knows, and may have asked again. */
  refused: boolean
  fence: Fence | undefined
  resolve(): void
  reject(error: unknown): void
}

export interface QueueOptions {
  /** Store time, as well as it is known. */
  now(): number
  note(storeTime: number): void
  stored: DraftOptions['stored']
  resumed: DraftOptions['resumed']
}

/** Conflicts in a row before a commit is given up: each means that another writer got through. */
const MAX_CONFLICTS = 1_000

const decoder = new TextDecoder()

/**
 * One for each partition and process: folds what is waiting into one commit, and on a conflict plans again from the
 * rows in the reply, without a read.
 */
export class CommitQueue {
  readonly #store: Store
  readonly #thread: Thread
  readonly #options: QueueOptions
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined

  constructor(store: Store, thread: Thread, options: QueueOptions) {
    this.#store = store
    this.#thread = thread
    this.#options = options
  }

  get isIdle(): boolean {
    return this.#running === undefined
  }

  /** Resolves once nothing is under way. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running
  }

  run(plan: Mutation, fence?: Fence): Promise<void> {
    const done = new Promise<void>((resolve, reject) =>
      this.#waiting.push({ plan, fence, refused: false, resolve, reject }),
    )
    this.#running ??= this.#drain()
    return done
  }

  async #drain(): Promise<void> {
    // What is asked for in the same tick goes into the same commit.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      await this.#settle(this.#take())
      // Who waited for it goes on first: what they ask for then goes along with what is waiting already.
      if (this.#waiting.length > 0) await nextTurn()
    }
    this.#running = undefined
  }

  /** What is waiting, up to a change that another fence allows: a commit has one at most. */
  #take(): Waiting[] {
    const fence = this.#waiting.find((waiting) => waiting.fence)?.fence
    const other = this.#waiting.findIndex((waiting) => waiting.fence && waiting.fence !== fence)
    return this.#waiting.splice(0, other < 0 ? this.#waiting.length : other)
  }

  async #settle(batch: Waiting[]): Promise<void> {
    try {
      const landed = await this.#land(batch)
      for (const { resolve } of landed) resolve()
    } catch (error) {
      // What is refused together may pass one by one: a commit too large, or a fence of one of them.
      const open = batch.filter(({ refused }) => !refused)
      if (open.length > 1 && happened(error) === 'no') {
        for (const one of open) await this.#settle([one])
        return
      }
      if (happened(error) !== 'no') this.#thread.forget()
      for (const { reject } of open) reject(error)
    }
  }

  async #land(batch: Waiting[]): Promise<Waiting[]> {
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const { draft, planned } = this.#plan(batch, conflicts)
      if (planned.length === 0) return []
      batch = planned
      const { fence } = draft
      const outcome = await this.#commit(draft)
      if (outcome.ok) {
        draft.landed(outcome.rev)
        return planned
      }
      const rows = textsOf(outcome.rows)
      if (outcome.failed === 'fence' && !fence?.holds(rows.get(fence.key))) {
        throw new FencedError('The lease behind this run is no longer held: start the turn again')
      }
      const left = rows.get(STAGE_KEY)
      if (left) await clearStage(this.#store, this.#thread.partition, left.rev)
      draft.absorb(rows)
    }
    throw new EverthreadError('CONFLICT', 'Other writers kept getting ahead: try again, or run one turn at a time', {
      committed: 'no',
    })
  }

  /** A mutation that cannot be planned is rejected, and the others are planned afresh without it. */
  #plan(batch: Waiting[], conflicts: number): { draft: Draft; planned: Waiting[] } {
    const { stored, resumed } = this.#options
    const draft = new Draft(this.#thread, { now: this.#options.now(), conflicts, stored, resumed })
    draft.fence = batch.find((waiting) => waiting.fence)?.fence
    for (const waiting of batch) {
      try {
        waiting.plan(draft)
      } catch (error) {
        waiting.refused = true
        waiting.reject(error)
        return this.#plan(
          batch.filter((other) => other !== waiting),
          conflicts,
        )
      }
    }
    return { draft, planned: batch }
  }

  async #commit(draft: Draft): Promise<Outcome> {
    const { staged, last } = draft.commits()
    let landed = 0
    try {
      for (const stage of staged) {
        await this.#store.commit(this.#thread.partition, stage)
        landed++
      }
      const outcome = await this.#store.commit(this.#thread.partition, last)
      this.#options.note(outcome.now)
      if (!outcome.ok && landed > 0) await this.#unstage(draft)
      return outcome
    } catch (error) {
      // What cannot be removed is in nobody's way, and goes with the next prune.
      if (landed > 0 && happened(error) === 'no') await Promise.allSettled([this.#unstage(draft)])
      throw error
    }
  }

  async #unstage({ staged }: Draft): Promise<void> {
    const ops = [...staged].map((segment) => ({ delPrefix: chunkPrefix(segment) }))
    await this.#store.commit(this.#thread.partition, { id: randomUUID(), ops })
  }
}

function textsOf(rows: Row[]): Map<string, { rev: number; text: string }> {
  return new Map(rows.map(({ key, rev, value }) => [key, { rev, text: decoder.decode(value) }]))
}

const happened = (error: unknown): 'yes' | 'no' | 'unknown' =>
  EverthreadError.isInstance(error) ? (error.committed ?? 'no') : 'unknown'
