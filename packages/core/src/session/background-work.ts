/** Work that nobody waits for but whoever closes: it tells of its own failures. */
export class BackgroundWork {
  readonly #running = new Set<Promise<void>>()

  /** @param work - settles without an error */
  start(work: () => Promise<void>): void {
    const running = work().finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }
}
