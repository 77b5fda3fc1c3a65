import type { LiveTurn, Moment } from './live-turn.ts'
import type { Running } from './running.ts'
import type { CompareTurns } from './waiting-turn.ts'

/** A turn in the line. */
export interface Candidate {
  /** Of this call. */
  readonly id: string
  /** What it needs a free place of, beside the machine. */
  readonly needs: readonly Need[]
  /** What `compare` sees of it. */
  readonly live: LiveTurn
}

/** No more than so many at once that have the same key. */
export interface Need {
  readonly key: string
  readonly max: number
}

interface Entry<Run> {
  candidate: Candidate
  run: Run
  /** Grows with each that enters. */
  number: number
}

export interface LineOptions {
  readonly running: Running
  readonly compare: CompareTurns
  /** At which those in the line are compared. */
  readonly moment: Moment
  now(): number
  /** The order failed: who came first goes first, this time. */
  onFailure(cause: unknown): void
}

/**
 * Turns that wait. Who goes next is searched for among all of them each time: their order changes while they wait, and
 * a function of the user's own may say anything.
 */
export class Line<Run> {
  readonly #options: LineOptions
  readonly #entries: Entry<Run>[] = []
  readonly #places = new Map<string, number>()
  #numbers = 0
  /** Nobody in the line may go, until something is free. */
  #stuck = false

  constructor(options: LineOptions) {
    this.#options = options
  }

  get length(): number {
    return this.#entries.length
  }

  enter(candidate: Candidate, run: Run): void {
    if (this.#stuck && this.#options.running.hasPlaceFor(candidate.needs)) this.#stuck = false
    this.#places.set(candidate.id, this.#entries.length)
    this.#entries.push({ candidate, run, number: this.#numbers++ })
  }

  leave(id: string): void {
    const at = this.#places.get(id)
    if (at === undefined) return
    this.#places.delete(id)
    const last = this.#entries.pop() as Entry<Run>
    if (last.candidate.id === id) return
    this.#entries[at] = last
    this.#places.set(last.candidate.id, at)
  }

  /** Something is free that was not. */
  unstick(): void {
    this.#stuck = false
  }

  /** Whether anybody may go. */
  get hasNext(): boolean {
    if (this.#stuck) return false
    this.#stuck = !this.#entries.some(({ candidate }) => this.#options.running.hasPlaceFor(candidate.needs))
    return !this.#stuck
  }

  /** Who goes next leaves the line. */
  next(): { candidate: Candidate; run: Run } | undefined {
    const { running, moment, now } = this.#options
    moment.now = now()
    let best: Entry<Run> | undefined
    for (const entry of this.#entries) {
      // Whoever goes first is rarely found: it is looked at last whether it may go.
      const isBetter = !best || this.#isBefore(entry, best)
      if (isBetter && running.hasPlaceFor(entry.candidate.needs)) best = entry
    }
    if (best) this.leave(best.candidate.id)
    return best
  }

  #isBefore(a: Entry<Run>, b: Entry<Run>): boolean {
    const order = this.#compare(a, b)
    return order < 0 || (!(order > 0) && a.number < b.number)
  }

  #compare(a: Entry<Run>, b: Entry<Run>): number {
    try {
      return this.#options.compare(a.candidate.live, b.candidate.live)
    } catch (cause) {
      this.#options.onFailure(cause)
      return 0
    }
  }
}
