/** Lets words of a scripted answer through: all of them, or so many and then no more until it is opened. */
export class Gate {
  #left = Number.POSITIVE_INFINITY
  #opened = Promise.withResolvers<void>()

  /** Lets so many words pass from now on. */
  after(words: number): void {
    this.#left = words
    this.#opened = Promise.withResolvers<void>()
  }

  open(): void {
    this.#left = Number.POSITIVE_INFINITY
    this.#opened.resolve()
  }

  /** Whoever waits here hears of it. */
  fail(error: Error): void {
    this.#opened.reject(error)
  }

  readonly pass = async (signal: AbortSignal | undefined): Promise<void> => {
    if (this.#left-- > 0) return
    const aborted = new Promise<never>((_, reject) => {
      if (signal?.aborted) reject(signal.reason)
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    await Promise.race([this.#opened.promise, aborted])
  }
}
