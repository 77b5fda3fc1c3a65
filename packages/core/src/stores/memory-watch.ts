import type { Partition } from '../contract/store.ts'

/** Wakes watchers within this process. A watcher that is slow gets one wake-up for many changes. */
export class MemoryWatch {
  readonly #watchers = new Map<string, Set<Watcher>>()

  wake(partition: Partition): void {
    for (const watcher of this.#watchers.get(nameOf(partition)) ?? []) watcher.wake(partition)
  }

  watch(partitions: Partition[], signal: AbortSignal): AsyncIterable<Partition> {
    const watcher = new Watcher(() => {
      signal.removeEventListener('abort', watcher.end)
      for (const name of partitions.map(nameOf)) {
        const watchers = this.#watchers.get(name)
        watchers?.delete(watcher)
        if (watchers?.size === 0) this.#watchers.delete(name)
      }
    })
    for (const name of partitions.map(nameOf)) {
      this.#watchers.set(name, (this.#watchers.get(name) ?? new Set()).add(watcher))
    }
    if (signal.aborted) watcher.end()
    else signal.addEventListener('abort', watcher.end)
    return watcher
  }

  close(): void {
    for (const watchers of [...this.#watchers.values()]) for (const watcher of [...watchers]) watcher.end()
  }
}

class Watcher implements AsyncIterableIterator<Partition> {
  readonly #changed = new Map<string, Partition>()
  readonly #onEnd: () => void
  #waiting: (() => void)[] = []
  #ended = false

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Partition, undefined>> {
    while (!this.#ended) {
      for (const [name, partition] of this.#changed) {
        this.#changed.delete(name)
        return { done: false, value: partition }
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<Partition, undefined>> {
    this.end()
    return { done: true, value: undefined }
  }

  wake(partition: Partition): void {
    this.#changed.set(nameOf(partition), { ...partition })
    this.#resume()
  }

  readonly end = (): void => {
    if (this.#ended) return
    this.#ended = true
    this.#onEnd()
    this.#resume()
  }

  #resume(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resume of waiting) resume()
  }
}

/** Ids hold no control characters, so a NUL between them is unambiguous. */
function nameOf({ tenant, id }: Partition): string {
  return `${tenant}\0${id}`
}
