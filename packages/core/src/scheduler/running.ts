import type { Need } from './line.ts'

/** How many turns run, by the keys of what they need a slot of. */
export class Running {
  readonly #counts = new Map<string, number>()
  #turns = 0

  get turns(): number {
    return this.#turns
  }

  has(key: string): boolean {
    return this.#counts.has(key)
  }

  hasPlaceFor(needs: readonly Need[]): boolean {
    return needs.every(({ key, max }) => (this.#counts.get(key) ?? 0) < max)
  }

  take(needs: readonly Need[]): void {
    this.#turns++
    for (const { key } of needs) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  give(needs: readonly Need[]): void {
    this.#turns--
    for (const { key } of needs) {
      const left = (this.#counts.get(key) ?? 0) - 1
      if (left > 0) this.#counts.set(key, left)
      else this.#counts.delete(key)
    }
  }
}
