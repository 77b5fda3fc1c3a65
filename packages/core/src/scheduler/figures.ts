import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { PriorityClass } from '../turn/on-busy.ts'
import type { Load } from './capacity.ts'

/** How long turns waited until they were let in, ms. All 0 while none was. */
export interface WaitFigures {
  mean: number
  p50: number
  p95: number
  max: number
}

export interface ClassFigures {
  /** As of now. */
  waiting: number
  /** So far. */
  started: number
  wait: WaitFigures
}

export interface SchedulerStats {
  /** How many turns may run at once, as of now. */
  concurrency: number
  running: number
  waiting: number
  /** Turns that wait for the next period of a budget. */
  deferred: number
  /** So far, as all below. */
  completed: number
  failed: number
  /** Not let in: a budget was over, the scheduler drains, or their caller gave up. */
  rejected: number
  degraded: number
  byPriority: Record<PriorityClass, ClassFigures>
  /** As it was looked at last, where the device says how many may run. */
  load?: Load
}

/** Longer waits count as this, ms: two months. */
const MOST_MS = 2 ** 32

/** What is counted of turns. */
export class Figures {
  completed = 0
  failed = 0
  rejected = 0
  degraded = 0
  readonly #waiting: Record<PriorityClass, number> = { urgent: 0, normal: 0, background: 0 }
  readonly #waits: Record<PriorityClass, RecordableHistogram> = {
    urgent: newHistogram(),
    normal: newHistogram(),
    background: newHistogram(),
  }

  waits(priority: PriorityClass): void {
    this.#waiting[priority]++
  }

  waitsNoMore(priority: PriorityClass): void {
    this.#waiting[priority]--
  }

  started(priority: PriorityClass, waitedMs: number): void {
    // The least that a histogram takes is 1.
    this.#waits[priority].record(Math.min(Math.round(Math.max(0, waitedMs)) + 1, MOST_MS))
  }

  get byPriority(): Record<PriorityClass, ClassFigures> {
    return { urgent: this.#of('urgent'), normal: this.#of('normal'), background: this.#of('background') }
  }

  #of(priority: PriorityClass): ClassFigures {
    const waits = this.#waits[priority]
    const at = (value: number): number => (waits.count > 0 ? value - 1 : 0)
    const { mean, max } = waits
    const wait = { mean: at(mean), p50: at(waits.percentile(50)), p95: at(waits.percentile(95)), max: at(max) }
    return { waiting: this.#waiting[priority], started: waits.count, wait }
  }
}

const newHistogram = (): RecordableHistogram => createHistogram({ lowest: 1, highest: MOST_MS, figures: 2 })
