import { LRUCache } from 'lru-cache'
import type { Commit, Outcome } from '../../contract/store.ts'
import type { TickBatch } from '../tick-batch.ts'
import { expiryArguments } from './commit-arguments.ts'
import { type Argument, type Connection, numberOf } from './connection.ts'
import { Layout } from './layout.ts'
import { together } from './together.ts'

/** Bytes that may be taken by what a handle remembers of partitions. */
const REMEMBERED = 16 * 1024 * 1024

/** What the script replies in place of a revision. */
const CHANGED = 0
const ALONE = -1

interface Request {
  key: string
  args: Argument[]
  bytes: number
  /** A reply was lost that may have been this one's. */
  isLost: boolean
}

/** What the script has replied of one partition, and when. */
interface Told {
  now: number
  rev: number
}

/** What came of a try: an outcome, or whether a reply was lost before it showed that nothing can be swapped. */
export type Swapped = Outcome | { ok: undefined; isLost: boolean }

/**
 * Commits by those who know what they commit to: when the partition is a small one, and this handle has seen it at just
 * that revision, the server has to compare and replace one string.
 */
export class Swaps {
  readonly #connection: Connection
  readonly #now: () => string
  readonly #known = new LRUCache<string, Layout>({ maxSize: REMEMBERED, sizeCalculation: ({ weight }) => weight })
  readonly #asked: TickBatch<Request, Told>

  constructor(connection: Connection, now: () => string) {
    this.#connection = connection
    this.#now = now
    this.#asked = together(
      connection,
      (requests) => this.#send(requests),
      ({ bytes }) => bytes,
    )
  }

  /** The partition as a commit has left it. */
  learn(key: string, text: Buffer, rev: number): void {
    const layout = text.length > 0 ? Layout.of(text, rev) : undefined
    if (layout) this.#known.set(key, layout)
    else this.#known.delete(key)
  }

  async commit(key: string, commit: Commit, id: Buffer, channel: string): Promise<Swapped> {
    const layout = commit.known === undefined ? undefined : this.#known.get(key)
    const swap = layout?.rev === commit.known ? layout?.swap(commit) : undefined
    if (!layout || !swap) return { ok: undefined, isLost: false }
    const { parts, bytes } = swap
    const args = [String(layout.rev), channel, id, ...expiryArguments(commit), String(parts.length / 4), ...parts]
    const request: Request = { key, args, bytes, isLost: false }
    let told = await this.#asked.add(request)
    if (told.rev === ALONE) told = (await this.#send([request]))[0] as Told
    const { now, rev } = told
    if (rev === CHANGED) {
      this.#known.delete(key)
      return { ok: undefined, isLost: request.isLost }
    }
    this.#known.set(key, swap.landed(rev))
    return { ok: true, now, rev, repeated: false, follows: true }
  }

  async #send(requests: Request[]): Promise<Told[]> {
    const keys = requests.map(({ key }) => key)
    const args = (ageMs?: number): Argument[] => {
      if (ageMs !== undefined) for (const request of requests) request.isLost = true
      return [this.#now(), ...requests.flatMap((request) => request.args)]
    }
    const [time, ...revisions] = await this.#connection.run('swap-n', keys, args, true)
    const now = numberOf(time)
    return revisions.map((rev) => ({ now, rev: numberOf(rev) }))
  }
}
