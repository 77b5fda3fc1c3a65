import type { DraftResult } from './draft-results.ts'

const nothing: readonly DraftResult[] = []

/** Work on results that waits until somebody asks for their messages. */
export class Deferred {
  readonly #work: (result: DraftResult) => void
  readonly #waiting = new Map<number, DraftResult[]>()
  /** What the results that wait cost: the work cannot save more. */
  tokens = 0

  constructor(results: readonly DraftResult[], work: (result: DraftResult) => void) {
    this.#work = work
    for (const result of results) {
      const others = this.#waiting.get(result.at)
      if (others) others.push(result)
      else this.#waiting.set(result.at, [result])
      this.tokens += result.tokens
    }
  }

  places(): Iterable<number> {
    return this.#waiting.keys()
  }

  /** Does what waits at a place. */
  settle(at: number): void {
    for (const result of this.forget(at)) this.#work(result)
  }

  forget(at: number): readonly DraftResult[] {
    const results = this.#waiting.get(at)
    if (!results) return nothing
    this.#waiting.delete(at)
    for (const { tokens } of results) this.tokens -= tokens
    return results
  }
}
