import { setImmediate as nextTurn } from 'node:timers/promises'

/** A write: what it does within the transaction, and roughly how many bytes that moves. */
export interface Write<T> {
  run(): T
  bytes: number
}

interface Waiting {
  write: Write<unknown>
  since: number
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** One transaction takes this much at most, so that the event loop goes on. */
const BATCH_WRITES = 32
const BATCH_BYTES = 1024 * 1024

/**
 * Lines up the writes of one connection: those of one turn of the event loop share a transaction, and none of them runs while the
 * file is busy. `transact` runs a batch and raises what happened; a batch that fails is run again one by one, so
 * that each write succeeds or fails alone. `onBusy` waits, or raises when it has been too long.
 */
export class WriteQueue {
  readonly #transact: (work: () => void) => void
  readonly #onBusy: (error: unknown, attempt: number, sinceMs: number) => Promise<void>
  #waiting: Waiting[] = []
  #draining: Promise<void> | undefined

  constructor(
    transact: (work: () => void) => void,
    onBusy: (error: unknown, attempt: number, sinceMs: number) => Promise<void>,
  ) {
    this.#transact = transact
    this.#onBusy = onBusy
  }

  add<T>(write: Write<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ write, since: performance.now(), resolve: resolve as (value: unknown) => void, reject })
      this.#draining ??= this.#drain()
    })
  }

  get isBusy(): boolean {
    return this.#draining !== undefined
  }

  /** Resolves when nothing is waiting any more. */
  async idle(): Promise<void> {
    await this.#draining
  }

  async #drain(): Promise<void> {
    // A transaction costs more than what is in it: the rest of this turn of the event loop may add more.
    await nextTurn()
    while (this.#waiting.length > 0) {
      await this.#runBatch(this.#takeBatch())
      if (this.#waiting.length > 0) await nextTurn()
    }
    this.#draining = undefined
  }

  #takeBatch(): Waiting[] {
    let count = 0
    let bytes = 0
    for (const { write } of this.#waiting) {
      bytes += write.bytes
      if (count === BATCH_WRITES || (count > 0 && bytes > BATCH_BYTES)) break
      count++
    }
    return this.#waiting.splice(0, count)
  }

  async #runBatch(batch: Waiting[]): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        const results: unknown[] = []
        this.#transact(() => {
          for (const { write } of batch) results.push(write.run())
        })
        for (const [at, { resolve }] of batch.entries()) resolve(results[at])
        return
      } catch (error) {
        const oldest = batch[0]
        try {
          if (oldest) await this.#onBusy(error, attempt, performance.now() - oldest.since)
        } catch (failure) {
          if (batch.length === 1) oldest?.reject(failure)
          else for (const one of batch) await this.#runBatch([one])
          return
        }
      }
    }
  }
}
