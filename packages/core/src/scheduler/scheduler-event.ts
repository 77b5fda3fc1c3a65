import type { Load } from './capacity.ts'
import type { WaitingTurn } from './waiting-turn.ts'

export const SCHEDULER_EVENTS = [
  'waiting',
  'started',
  'ended',
  'deferred',
  'degraded',
  'rejected',
  'capacity',
  'error',
] as const

/**
 * What happens in a scheduler: a turn waits, has started, has ended, waits for the next period of a budget, goes on with
 * less because of one, or was not let in (`code` says why); the capacity has changed; something has failed beside the
 * turns: a `compare` that threw (`COMPARE_FAILED`), or what was spent could not be written yet (`SETTLE_FAILED`).
 */
export type SchedulerEventType = (typeof SCHEDULER_EVENTS)[number]

export interface SchedulerEvent {
  type: SchedulerEventType
  /** The scheduler's time, ms. */
  at: number
  /** The turn as it was then. */
  turn?: WaitingTurn
  /** Of `ended`: whether it was complete. */
  complete?: boolean
  /** Of `deferred`: until when, ms since the epoch. */
  until?: number
  /** Of `capacity`: how many may run, and the load that says so. */
  concurrency?: number
  load?: Load
  code?: string
  cause?: unknown
}

export type SchedulerEventHandler = (event: SchedulerEvent) => void

/** Tells those who listen at once. None of them can break what it hears of. */
export class SchedulerEvents {
  readonly #handlers = new Map<SchedulerEventType, Set<SchedulerEventHandler>>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** Gives what takes the handler off again. */
  on(type: SchedulerEventType, handler: SchedulerEventHandler): () => void {
    const handlers = this.#handlers.get(type) ?? new Set()
    this.#handlers.set(type, handlers)
    const own: SchedulerEventHandler = (event) => handler(event)
    handlers.add(own)
    return () => handlers.delete(own)
  }

  tell(type: SchedulerEventType, about: Omit<SchedulerEvent, 'type' | 'at'>): void {
    const handlers = this.#handlers.get(type)
    if (!handlers?.size) return
    const event = { type, at: this.#now(), ...about }
    for (const handler of [...handlers]) {
      try {
        handler(event)
      } catch (cause) {
        const message = `A handler of the scheduler's ${type} threw: mend it`
        process.emitWarning(message, { code: 'EVENT_HANDLER_FAILED', detail: String(cause) })
      }
    }
  }
}
