import { EverthreadError, type Partition, type Store } from '@everthread/core'
import { Draft } from './draft.ts'
import { corrected, type Known, storeTimeNow } from './known.ts'
import type { Lifetime } from './lifetime.ts'

/** Plans a change. May run several times, each on what is then known; what it throws fails this change alone. */
export type Plan = (draft: Draft) => void

interface Waiting {
  base: Known
  plan: Plan
  refused: boolean
  resolve(known: Known): void
  reject(error: unknown): void
}

/** The session as this process saw it last, as a whole. */
export interface Memory {
  lately(): Known | undefined
  remember(known: Known): void
}

/** Conflicts in a row before a change is given up: each means that another writer got through. */
const MAX_CONFLICTS = 1_000

/** Changes of one session from this process: those that wait while one is under way land together. */
export class ChangeQueue {
  readonly #store: Store
  readonly #partition: Partition
  readonly #lifetime: Lifetime
  readonly #memory: Memory
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined

  constructor(store: Store, partition: Partition, lifetime: Lifetime, memory: Memory) {
    this.#store = store
    this.#partition = partition
    this.#lifetime = lifetime
    this.#memory = memory
  }

  get isIdle(): boolean {
    return this.#running === undefined
  }

  /** Resolves with what is known once the change has landed. */
  run(base: Known, plan: Plan): Promise<Known> {
    const done = new Promise<Known>((resolve, reject) => {
      this.#waiting.push({ base, plan, refused: false, resolve, reject })
    })
    this.#running ??= this.#drain()
    return done
  }

  async #drain(): Promise<void> {
    // What is asked for in the same tick goes together.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#settle(this.#waiting.splice(0))
    this.#running = undefined
  }

  async #settle(batch: Waiting[]): Promise<void> {
    try {
      const { landed, known } = await this.#land(batch)
      for (const { resolve } of landed) resolve(known)
    } catch (error) {
      const open = batch.filter(({ refused }) => !refused)
      // What is too large together may pass one by one.
      if (open.length > 1 && EverthreadError.isInstance(error) && error.code === 'COMMIT_TOO_LARGE') {
        for (const one of open) await this.#settle([one])
        return
      }
      for (const { reject } of open) reject(error)
    }
  }

  async #land(batch: Waiting[]): Promise<{ landed: Waiting[]; known: Known }> {
    let known = newest(batch)
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const { draft, planned } = this.#plan(batch, known)
      const left = this.#lifetime.left(draft.meta, storeTimeNow(known))
      if (draft.isEmpty) return { landed: planned, known }
      const lately = this.#memory.lately()
      const outcome = await this.#store.commit(this.#partition, draft.commit(left, lately?.rev))
      if (outcome.ok) {
        const after = draft.landed(outcome, left)
        // What others wrote since would be missing, unless nobody did.
        if (lately && outcome.follows) {
          this.#memory.remember(lately.rows === known.rows ? after : draft.landed(outcome, left, lately))
        }
        return { landed: planned, known: after }
      }
      const next = corrected(known, draft.expected, outcome.rows)
      if (!next) throw gone()
      known = next
    }
    throw new EverthreadError('CONFLICT', 'Other writers kept getting ahead: try again')
  }

  /** A change that cannot be planned is rejected, and the others are planned afresh without it. */
  #plan(batch: Waiting[], known: Known): { draft: Draft; planned: Waiting[] } {
    const draft = new Draft(known)
    const open = batch.filter(({ refused }) => !refused)
    for (const waiting of open) {
      try {
        waiting.plan(draft)
      } catch (error) {
        waiting.refused = true
        waiting.reject(error)
        return this.#plan(open, known)
      }
    }
    return { draft, planned: open }
  }
}

function newest(batch: Waiting[]): Known {
  return batch.map(({ base }) => base).reduce((best, base) => (base.rev > best.rev ? base : best))
}

function gone(): EverthreadError {
  return new EverthreadError('SESSION_GONE', 'The session has ended or was destroyed: nothing was written', {
    committed: 'no',
  })
}
