/** Store time as well as it is known: from the last answer of the store, and this process' monotonic clock. */
export class StoreClock {
  #ahead: number | undefined

  note(now: number): void {
    this.#ahead = now - performance.now()
  }

  /** Ms since the epoch; undefined before the store has answered once. */
  get now(): number | undefined {
    return this.#ahead === undefined ? undefined : Math.floor(performance.now() + this.#ahead)
  }
}
