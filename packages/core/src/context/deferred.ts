import type { DraftResult } from './draft-results.ts'

/** Work on results that waits until somebody asks for their messages. */
export class Deferred {
  readonly #results: readonly DraftResult[]
  readonly #work: (result: DraftResult) => void
  /** By place: the first result that waits there, as its index plus 1. 0: none does. */
  readonly #first: Uint32Array
  /** By result: the next one at its place, in the same way. */
  readonly #next: Uint32Array
  /** What the results that wait cost: the work cannot save more. */
  tokens = 0

  /** @param length One past the last place */
  constructor(length: number, results: readonly DraftResult[], work: (result: DraftResult) => void) {
    this.#results = results
    this.#work = work
    this.#first = new Uint32Array(length)
    this.#next = new Uint32Array(results.length + 1)
    // From the last to the first, so that the first of a place comes first.
    for (let i = results.length; i > 0; i--) {
      const { at, tokens } = results[i - 1] as DraftResult
      this.#next[i] = this.#first[at] as number
      this.#first[at] = i
      this.tokens += tokens
    }
  }

  /** Does all that waits. */
  settleAll(): void {
    for (const { at } of this.#results) this.settle(at)
  }

  /** Does what waits at a place. */
  settle(at: number): void {
    let i = this.forget(at)
    for (; i > 0; i = this.#next[i] as number) this.#work(this.#results[i - 1] as DraftResult)
  }

  /** Gives the first result that waited there. */
  forget(at: number): number {
    const first = this.#first[at] as number
    this.#first[at] = 0
    for (let i = first; i > 0; i = this.#next[i] as number) this.tokens -= (this.#results[i - 1] as DraftResult).tokens
    return first
  }
}
