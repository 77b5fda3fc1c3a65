import { getHeapStatistics } from 'node:v8'
import { EverthreadError } from '../errors.ts'
import { type ManagerParts, partsOf } from '../session/manager-parts.ts'
import {
  EVENT_TYPES,
  type SessionEvent,
  type SessionEventHandler,
  type SessionEventType,
} from '../session/session-event.ts'
import type { SessionManager } from '../session/session-manager.ts'
import { archiveIdle } from './archive-idle.ts'
import { checkLifecycle } from './lifecycle-options.ts'
import { type LimitOptions, resolveLimits } from './limit-options.ts'
import type { AnomalyOptions } from './observe.ts'
import { SessionLimits } from './session-limits.ts'

export interface MemoryOptions {
  /** The share of the heap, from which on memory is given back, 0 to 1. Default 0.8. */
  share?: number
  /**
   * Whether sessions that are idle are archived when forgetting them did not help: who has one in hand hears of it by
   * its event, and lets go of it. Default true.
   */
  archives?: boolean
  /** How often to look, ms. Default 30 seconds. */
  everyMs?: number
  /** What share of the heap is in use. Default: asks V8. */
  gauge?(): number
}

export interface LifecycleOptions {
  sessions: SessionManager
  /** How often to sweep, ms. Default 1 hour. */
  sweepEveryMs?: number
  /** As of the session manager, whose they replace. */
  limits?: LimitOptions
  /** `false`: never look. */
  memory?: MemoryOptions | false
  anomaly?: AnomalyOptions
  /** Hears of everything, in order; it is awaited. */
  onEvent?: SessionEventHandler
  /** Hears of events of type `error` alone: handlers that threw, sweeps that failed. */
  onError?: SessionEventHandler
}

const HOUR_MS = 3_600_000
const LOOK_MS = 30_000
const SHARE = 0.8

/**
 * Watches over the sessions of a manager with one timer for all of them: announces what time has done, holds numbers to
 * their limits, and gives memory back when it gets short. Several processes share the sweeping.
 *
 * ```ts
 * const lifecycle = new LifecycleManager({ sessions, limits: { perUser: 5 } })
 * lifecycle.on('expired', ({ sessionId }) => log(sessionId))
 * lifecycle.start()
 * ```
 */
export class LifecycleManager {
  readonly #parts: ManagerParts
  readonly #sweepEveryMs: number
  readonly #memory: Required<MemoryOptions> | undefined
  #offClose: (() => void) | undefined
  #stopping: AbortController | undefined
  #timer: NodeJS.Timeout | undefined
  #ticking: Promise<void> = Promise.resolve()
  #sinceSweepMs = 0

  /** @throws `SESSIONS_MISSING`, `LIMIT_INVALID`, `LIFECYCLE_INVALID` */
  constructor(options: LifecycleOptions) {
    const { sessions, sweepEveryMs = HOUR_MS, limits, memory = {}, anomaly, onEvent, onError } = checkLifecycle(options)
    const parts = partsOf(sessions)
    if (!parts) throw new EverthreadError('SESSIONS_MISSING', 'Give it a SessionManager of this install: { sessions }')
    this.#parts = parts
    this.#sweepEveryMs = sweepEveryMs
    this.#memory =
      memory === false ? undefined : { share: SHARE, archives: true, everyMs: LOOK_MS, gauge: heapShare, ...memory }
    const { service, store } = parts
    if (limits !== undefined) service.gate = new SessionLimits(store, service, resolveLimits(limits))
    if (anomaly) service.anomaly = anomaly
    if (onEvent) service.hub.listen(onEvent)
    if (onError) this.on('error', onError)
  }

  /**
   * Hears of one type of event. Gives what takes it off again.
   *
   * @throws `LIFECYCLE_INVALID`
   */
  on(type: SessionEventType, handler: SessionEventHandler): () => void {
    if (!EVENT_TYPES.includes(type) || typeof handler !== 'function') {
      throw new EverthreadError('LIFECYCLE_INVALID', `Give the type, ${EVENT_TYPES.join(', ')}, and a function`)
    }
    return this.#parts.service.hub.listen((event: SessionEvent) => (event.type === type ? handler(event) : undefined))
  }

  /**
   * Begins to watch, if it does not already. The first sweep comes soon: processes may not live for an hour.
   *
   * @throws `SESSIONS_CLOSED`
   */
  start(): void {
    if (this.#stopping) return
    this.#parts.assertOpen()
    const stopping = new AbortController()
    this.#stopping = stopping
    this.#offClose = this.#parts.onClose(() => this.stop())
    const everyMs = Math.min(this.#sweepEveryMs, this.#memory?.everyMs ?? LOOK_MS)
    this.#sinceSweepMs = this.#sweepEveryMs
    this.#timer = setInterval(() => {
      this.#sinceSweepMs += everyMs
      this.#ticking = this.#ticking.then(() => this.#tick(stopping.signal))
    }, everyMs)
    this.#timer.unref()
  }

  /** Ends the watch, and lets what runs come to its end. Limits stand, and who listens goes on hearing. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#stopping?.abort()
    this.#stopping = undefined
    await this.#ticking
    await this.#parts.service.hub.settled()
    this.#offClose?.()
  }

  /**
   * Sweeps now. How many sessions have expired or were deleted.
   *
   * @throws `SESSIONS_CLOSED`
   */
  async sweep(): Promise<number> {
    this.#parts.assertOpen()
    return this.#parts.sweep(this.#stopping?.signal ?? new AbortController().signal)
  }

  /**
   * Gives memory back if it is short: first what saves reading, then what is known of sessions that nothing is under way
   * in; then those of them that are idle are archived, longest idle first, until it is enough.
   */
  async relieve(): Promise<void> {
    const { share, gauge, archives } = this.#memory ?? {}
    if (share === undefined || !gauge || gauge() < share) return
    const { service, desks } = this.#parts
    const before = gauge()
    service.engine.shedEntries()
    const idle = desks.idle()
    const isEnough = (): boolean => gauge() < share
    const detail = { share: before, sessions: 0, archived: 0 }
    if (!isEnough()) {
      detail.sessions = service.engine.shedSessions() + desks.shed()
      if (archives) detail.archived = await archiveIdle(this.#parts, idle, isEnough)
    }
    await service.hub.emit({ type: 'limit', code: 'MEMORY_PRESSURE', by: 'lifecycle', detail })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #tick(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    try {
      await this.relieve()
      if (this.#sinceSweepMs < this.#sweepEveryMs) return
      this.#sinceSweepMs = 0
      await this.#parts.sweep(signal)
    } catch (cause) {
      // The store may be back at the next sweep, which goes on where this one stopped.
      await this.#parts.service.hub.emit({ type: 'error', code: 'SWEEP_FAILED', by: 'lifecycle', cause })
    }
  }
}

function heapShare(): number {
  const { used_heap_size, heap_size_limit } = getHeapStatistics()
  return used_heap_size / heap_size_limit
}
