import { setTimeout as sleep } from 'node:timers/promises'
import type { Partition, Store } from '../contract/store.ts'

/** Rings when a session may have changed. Listens from the first wait, at the latest, until it is closed. */
export class Bell {
  readonly #store: Store
  readonly #partition: Partition
  /** Hints come with every step of a turn: they ring no more often than this, ms. */
  readonly #spacingMs: number
  #listening: AbortController | undefined
  #resume: (() => void) | undefined
  #rung = false

  constructor(store: Store, partition: Partition, spacingMs: number) {
    this.#store = store
    this.#partition = partition
    this.#spacingMs = spacingMs
  }

  ring(): void {
    this.#rung = true
    this.#resume?.()
  }

  /** Listens already now: for whoever looks before the first wait. */
  listen(): void {
    if (this.#listening) return
    this.#listening = new AbortController()
    void this.#heed(this.#listening.signal)
  }

  /** Whether it rang before the time was over. */
  wait(ms: number): Promise<boolean> {
    this.listen()
    if (this.#rung) {
      this.#rung = false
      return Promise.resolve(true)
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => end(false), Math.max(1, ms))
      const end = (rung: boolean): void => {
        clearTimeout(timer)
        this.#resume = undefined
        this.#rung = false
        resolve(rung)
      }
      this.#resume = () => end(true)
    })
  }

  /** Ends a wait, too. */
  close(): void {
    this.#listening?.abort()
    this.#listening = undefined
    this.ring()
    this.#rung = false
  }

  async #heed(signal: AbortSignal): Promise<void> {
    try {
      for await (const _ of this.#store.watch([this.#partition], signal)) {
        this.ring()
        await sleep(this.#spacingMs, undefined, { signal })
      }
    } catch {
      // Closed, or without hints: then the waits end by time, and a store that is closed fails what is asked of it next.
    }
  }
}
