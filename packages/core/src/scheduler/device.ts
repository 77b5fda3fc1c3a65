import { availableParallelism, platform, totalmem } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { Device, Load } from './capacity.ts'

/** How often the event loop is looked at, ms. What is measured includes it. */
const RESOLUTION_MS = 20

/** @param given - the memory that this process may take, bytes; undefined: what its container or machine has */
export function deviceOf(given: number | undefined): Device {
  const { used_heap_size, heap_size_limit } = getHeapStatistics()
  const free = Math.max(0, memoryOf(given) - process.memoryUsage.rss())
  // Elsewhere what is said to be available leaves out what the system would give back at once.
  const ofMachine = platform() === 'linux' ? process.availableMemory() : free
  return { cores: availableParallelism(), freeBytes: Math.min(free, heap_size_limit - used_heap_size, ofMachine) }
}

/** Looks at the load of this process while it is told to. */
export class LoadGauge {
  readonly #memory: number | undefined
  #delay: ReturnType<typeof monitorEventLoopDelay> | undefined
  #readAt = 0

  constructor(memory: number | undefined) {
    this.#memory = memory
  }

  start(): void {
    this.#delay ??= monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    this.#delay.enable()
    this.#readAt = performance.now()
  }

  stop(): void {
    this.#delay?.disable()
    this.#delay?.reset()
  }

  /** Since it was started, or read last. */
  read(): Load {
    const now = performance.now()
    // A loop that is blocked may come to this before its first sample: then it was late all the time.
    const delay = this.#delay?.count ? this.#delay.percentile(90) / 1e6 : now - this.#readAt
    const late = this.#delay ? delay - RESOLUTION_MS : 0
    this.#delay?.reset()
    this.#readAt = now
    const { used_heap_size, heap_size_limit } = getHeapStatistics()
    const memory = Math.max(used_heap_size / heap_size_limit, process.memoryUsage.rss() / memoryOf(this.#memory))
    return { delayMs: Math.max(0, late), memory }
  }
}

/** Of a process without a limit Node says more than there is, or nothing. */
const memoryOf = (given: number | undefined): number =>
  given ?? Math.min(process.constrainedMemory() || totalmem(), totalmem())
