import type { Partition } from '../../contract/store.ts'
import { MemoryWatch } from '../memory-watch.ts'

/**
 * The partitions' revisions in the order asked, 0 for none; with `onlyIfChanged`, undefined says that nothing at all
 * has changed since the last call.
 */
export type Revisions = (partitions: Partition[], onlyIfChanged: boolean) => Promise<number[] | undefined>

interface Watched {
  partition: Partition
  watchers: number
  /** Undefined until a poll has seen it: then its watchers are woken, as they may have missed a change. */
  rev: number | undefined
}

/** Wakes watchers at once of what this process changes, and by polling of what others do. Polls only while watched. */
export class PollingWatch {
  readonly #hub = new MemoryWatch()
  readonly #watched = new Map<string, Watched>()
  readonly #revisions: Revisions
  readonly #intervalMs: () => number
  #polling = false
  #stopWaiting: (() => void) | undefined

  constructor(intervalMs: () => number, revisions: Revisions) {
    this.#intervalMs = intervalMs
    this.#revisions = revisions
  }

  get isWatching(): boolean {
    return this.#watched.size > 0
  }

  wake(partition: Partition): void {
    this.#hub.wake(partition)
  }

  /** Wakes everyone: something may have been missed. */
  wakeAll(): void {
    for (const { partition } of this.#watched.values()) this.#hub.wake(partition)
  }

  watch(partitions: Partition[], signal: AbortSignal): AsyncIterable<Partition> {
    const watcher = this.#hub.watch(partitions, signal)[Symbol.asyncIterator]()
    if (signal.aborted) return { [Symbol.asyncIterator]: () => watcher }
    const names = [...new Map(partitions.map((partition) => [nameOf(partition), partition]))]
    for (const [name, partition] of names) {
      this.#watched.set(name, { partition, rev: undefined, watchers: 1 + (this.#watched.get(name)?.watchers ?? 0) })
    }
    const end = (): void => {
      signal.removeEventListener('abort', end)
      for (const [name] of names.splice(0)) this.#release(name)
    }
    signal.addEventListener('abort', end)
    this.#start()
    const iterator: AsyncIterableIterator<Partition> = {
      [Symbol.asyncIterator]: () => iterator,
      async next() {
        const result = await watcher.next()
        if (result.done) end()
        return result
      },
      async return() {
        end()
        await watcher.return?.()
        return { done: true, value: undefined }
      },
    }
    return iterator
  }

  close(): void {
    this.#watched.clear()
    this.#hub.close()
    this.#stopWaiting?.()
  }

  #release(name: string): void {
    const watched = this.#watched.get(name)
    if (!watched) return
    watched.watchers--
    if (watched.watchers > 0) return
    this.#watched.delete(name)
    if (!this.isWatching) this.#stopWaiting?.()
  }

  #start(): void {
    if (!this.#polling) {
      this.#polling = true
      void this.#poll()
    } else this.#stopWaiting?.()
  }

  async #poll(): Promise<void> {
    while (this.isWatching) {
      await this.#look()
      if (this.isWatching) await this.#wait()
    }
    this.#polling = false
  }

  async #look(): Promise<void> {
    const watched = [...this.#watched.values()]
    const partitions = watched.map(({ partition }) => partition)
    try {
      const revisions = await this.#revisions(
        partitions,
        watched.every(({ rev }) => rev !== undefined),
      )
      if (!revisions) return
      for (const [at, one] of watched.entries()) {
        if (one.rev === revisions[at]) continue
        one.rev = revisions[at]
        this.#hub.wake(one.partition)
      }
    } catch {
      // A hint has nobody to tell: the reader's own reads raise what is wrong. Once it is over, all are woken.
      for (const one of watched) one.rev = undefined
    }
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#intervalMs())
      this.#stopWaiting = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** Ids hold no control characters, so a NUL between them is unambiguous. */
function nameOf({ tenant, id }: Partition): string {
  return `${tenant}\0${id}`
}
