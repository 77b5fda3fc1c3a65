import { adapt, type Bounds, capacityOf, type Load, mostOf } from './capacity.ts'
import { deviceOf, LoadGauge } from './device.ts'

export interface AdaptiveConcurrency {
  /** Default 1. */
  min?: number
  /** Default: four times what the device is expected to bear. */
  max?: number
  /** What this process may take, bytes. Default: what its container, its machine and its heap have. */
  memory?: number
  /** How often to look at the load, ms. Default 1,000. */
  everyMs?: number
  /** How the process is doing. Default: asks Node. */
  gauge?(): Load
}

export interface CapacityOptions {
  /** Whether there are turns that could run if there were more places. */
  isWanted(): boolean
  changed(capacity: number, load: Load): void
}

const EVERY_MS = 1_000

/** How many turns may run at once: what the device bears, which is looked at while turns run. */
export class AdaptiveCapacity {
  readonly #options: CapacityOptions
  readonly #bounds: Bounds
  readonly #everyMs: number
  readonly #gauge: LoadGauge | undefined
  readonly #read: () => Load
  readonly #first: number
  #now: number
  #load: Load | undefined
  #timer: NodeJS.Timeout | undefined

  constructor({ min = 1, max, memory, everyMs = EVERY_MS, gauge }: AdaptiveConcurrency, options: CapacityOptions) {
    const device = deviceOf(memory)
    this.#options = options
    this.#bounds = { least: min, most: max ?? Math.max(min, mostOf(device)) }
    this.#everyMs = everyMs
    this.#first = capacityOf(device, this.#bounds)
    this.#now = this.#first
    const own = gauge ? undefined : new LoadGauge(memory)
    this.#gauge = own
    this.#read = gauge ?? (() => (own as LoadGauge).read())
  }

  get now(): number {
    return this.#now
  }

  /** As it was looked at last. */
  get load(): Load | undefined {
    return this.#load
  }

  /** Looks from now on, if it does not already. */
  start(): void {
    if (this.#timer) return
    this.#gauge?.start()
    this.#timer = setInterval(() => this.#look(), this.#everyMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#gauge?.stop()
  }

  #look(): void {
    const load = this.#read()
    this.#load = load
    const wanted = { load, isWanted: this.#options.isWanted(), first: this.#first, bounds: this.#bounds }
    const next = adapt(this.#now, wanted)
    if (next === this.#now) return
    this.#now = next
    this.#options.changed(next, load)
  }
}
