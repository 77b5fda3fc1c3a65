import type { Key, Partition, Store } from '../contract/store.ts'
import { Bell } from './bell.ts'

/** One who waits for a session. */
export interface Waiter {
  /** Its place in the queue. Rooms try the least first. */
  readonly ticket: Key
  /**
   * Tries to take the session. Gives the ms until the row in its way ends by the store's clock, for then is the moment
   * to try again; undefined: it is settled.
   */
  attempt(): Promise<number | undefined>
  fail(error: unknown): void
}

export interface WaitingRoomOptions {
  store: Store
  partition: Partition
  /** How often tickets are renewed, ms. */
  renewMs: number
  /** Puts the tickets again, so that they outlive the time between. */
  renew(tickets: Key[]): Promise<void>
}

/** Hints are taken up no more often than this, ms: every step of the running turn gives one. */
const SPACING_MS = 20
/** Hints may be lost: so look anyway, ever less often, until the row in the way ends. */
const POLL_MS = { first: 50, most: 1_000 }

/**
 * Those of this process who wait for one session: only the first of them asks the store, wakened by a hint, by the
 * end of a turn in this process, or by the time. Runs only while somebody waits.
 */
export class WaitingRoom {
  readonly #options: WaitingRoomOptions
  #waiting: Waiter[] = []
  #bell: Bell | undefined
  /** Monotonic time. */
  #renewedAt = 0

  constructor(options: WaitingRoomOptions) {
    this.#options = options
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  enter(waiter: Waiter): void {
    this.#waiting.push(waiter)
    this.#waiting.sort((a, b) => (a.ticket < b.ticket ? -1 : 1))
    if (this.#bell) this.wake()
    else void this.#run()
  }

  leave(waiter: Waiter): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiter)
    this.wake()
  }

  /** The session may be free. */
  wake(): void {
    this.#bell?.ring()
  }

  async #run(): Promise<void> {
    const bell = new Bell(this.#options.store, this.#options.partition, SPACING_MS)
    this.#bell = bell
    this.#renewedAt = performance.now()
    let poll = POLL_MS.first
    while (this.#waiting[0]) {
      const waiter = this.#waiting[0]
      let wakeAt: number | undefined
      try {
        const again = await waiter.attempt()
        if (again !== undefined) {
          wakeAt = performance.now() + Math.min(again, poll, this.#options.renewMs)
          // Not before the attempt: a session that is free waits for no tickets.
          await this.#renewWhenDue()
        }
      } catch (error) {
        wakeAt = undefined
        waiter.fail(error)
      }
      if (wakeAt === undefined) {
        this.#waiting = this.#waiting.filter((other) => other !== waiter)
        poll = POLL_MS.first
        continue
      }
      const rung = await bell.wait(wakeAt - performance.now())
      poll = rung ? POLL_MS.first : Math.min(poll * 1.5, POLL_MS.most)
    }
    bell.close()
    this.#bell = undefined
  }

  async #renewWhenDue(): Promise<void> {
    if (performance.now() - this.#renewedAt < this.#options.renewMs) return
    this.#renewedAt = performance.now()
    await this.#options.renew(this.#waiting.map(({ ticket }) => ticket))
  }
}
