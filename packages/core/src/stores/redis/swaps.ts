import { LRUCache } from 'lru-cache'
import type { Commit, Outcome } from '../../contract/store.ts'
import { expiryArguments } from './commit-arguments.ts'
import { type Connection, numberOf, textOf } from './connection.ts'
import { Packed } from './packed.ts'

/** Bytes of partitions that a handle remembers. */
const REMEMBERED = 16 * 1024 * 1024

/** What came of a try: an outcome, or whether a reply was lost before it showed that nothing can be swapped. */
export type Swapped = Outcome | { ok: undefined; isLost: boolean }

/**
 * Commits by those who know what they commit to: when the partition is a small one, and this handle has seen it at just
 * that revision, the server has to compare and replace one string.
 */
export class Swaps {
  readonly #connection: Connection
  readonly #known = new LRUCache<string, Packed>({ maxSize: REMEMBERED, sizeCalculation: ({ bytes }) => bytes })

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** The partition as a commit has left it. */
  learn(key: string, text: Buffer, rev: number): void {
    const packed = text.length > 0 ? Packed.from(text, rev) : undefined
    if (packed) this.#known.set(key, packed)
    else this.#known.delete(key)
  }

  async commit(key: string, commit: Commit, id: Buffer, channel: string, now: () => string): Promise<Swapped> {
    let isLost = false
    const packed = commit.known === undefined ? undefined : this.#known.get(key)
    const swap = packed?.rev === commit.known ? packed?.swap(commit, id) : undefined
    if (!packed || !swap) return { ok: undefined, isLost }
    const expiry = expiryArguments(commit)
    const args = (ageMs?: number) => {
      isLost ||= ageMs !== undefined
      return [now(), String(packed.rev), channel, ...expiry, swap.beginning, ...swap.pieces]
    }
    const [what, storeTime, revision] = await this.#connection.run('swap-1', key, args, true)
    if (textOf(what) === 'changed') {
      this.#known.delete(key)
      return { ok: undefined, isLost }
    }
    const rev = numberOf(revision)
    this.#known.set(key, swap.landed(rev))
    return { ok: true, now: numberOf(storeTime), rev, repeated: false, follows: true }
  }
}
