import { hash } from 'node:crypto'
import { isNeutral, type Shape } from './ref.ts'
import type { Address } from './runs.ts'

/** How many are remembered for the puts that follow. */
const WRITTEN = 20_000
/** What is shorter stands for itself; base64 of SHA-256 has 44 characters. */
const HASH_CHARS = 44

/**
 * Names what an entry holds: short, as many are remembered. A neutral message and a serialised value may have the same
 * text and still be different values.
 */
export const entryName = (shape: Shape, text: string): string =>
  (isNeutral(shape) ? 'n' : 'v') + (text.length < HASH_CHARS ? text : hash('sha256', text, 'base64'))

const addressName = ({ segment, position }: Address): string => `${segment}/${position}`

/** Entries that pending writes stored, by their names, so that the channel which comes to hold them refers to them. */
export class WrittenEntries {
  readonly #entries = new Map<string, Address>()
  readonly #addresses = new Set<string>()

  note(name: string, stored: Address): void {
    if (this.#entries.has(name)) return
    this.#entries.set(name, stored)
    this.#addresses.add(addressName(stored))
    for (const [oldest, at] of this.#entries) {
      if (this.#entries.size <= WRITTEN) break
      this.#entries.delete(oldest)
      this.#addresses.delete(addressName(at))
    }
  }

  find(name: string): Address | undefined {
    return this.#entries.get(name)
  }

  /** Whether the entry at an address is among those remembered. */
  knows(at: Address): boolean {
    return this.#addresses.has(addressName(at))
  }

  clear(): void {
    this.#entries.clear()
    this.#addresses.clear()
  }
}
