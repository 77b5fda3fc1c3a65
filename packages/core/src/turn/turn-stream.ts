import { isPlainJson } from '../codec/serialise-plain.ts'
import type { Op } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { streamKey } from './rows.ts'

/** Pieces wait for each other this long, ms, or until they have this many bytes. */
const FLUSH_MS = 50
const FLUSH_BYTES = 16 * 1024
/** A row grows up to this size: there are fewer of them, and none is written anew many times. */
const ROW_BYTES = 2 * 1024
/** A larger piece is in no row: whoever follows hears that something is missing. */
const PIECE_BYTES = 4 * 1024 * 1024
/** How long rows live while the turn runs, and after its end, ms. */
const RUNNING_MS = 24 * 3_600_000
const ENDED_MS = 5 * 60_000
/** The ends of the rows are moved in the turn's last commit, which has its limit: of a very long stream, those of the last. */
const MOST_TOUCHED = 4_000

interface StreamRow {
  first: number
  texts: string[]
  bytes: number
}

/** Rows on their way, and what is to be done when they are there. */
export interface StreamRows {
  ops: Op[]
  landed(): void
}

/** What a turn sends to those who follow it, on its way into rows: each holds the pieces from the one that it is named by. */
export class TurnStream {
  readonly #turn: string
  readonly #flush: () => Promise<void>
  /** The first pieces of all rows. */
  readonly #rows: number[] = []
  /** The rows that hold what no commit has. */
  #changed: StreamRow[] = []
  /** The one that still grows. */
  #open: StreamRow | undefined
  #waiting = 0
  #timer: NodeJS.Timeout | undefined
  #count = 0
  #isAsked = false
  #isClosed = false

  constructor(turn: string, flush: () => Promise<void>) {
    this.#turn = turn
    this.#flush = flush
  }

  /** How many pieces have been sent. */
  get count(): number {
    return this.#count
  }

  /** @throws `STREAM_INVALID` */
  add(pieces: readonly unknown[]): void {
    if (!pieces.every(isPlainJson)) {
      throw new EverthreadError('STREAM_INVALID', 'Send pieces as plain JSON: dates and the like as strings')
    }
    if (this.#isClosed) throw new EverthreadError('STREAM_INVALID', 'Send pieces while the turn runs: it is over')
    for (const piece of pieces) this.#put(JSON.stringify(piece))
    if (this.#isAsked || this.#waiting === 0) return
    if (this.#waiting >= FLUSH_BYTES) this.#ask()
    else this.#timer ??= setTimeout(() => this.#ask(), FLUSH_MS)
  }

  /** Once until something is taken, however long that takes. */
  #ask(): void {
    this.#isAsked = true
    void this.#flush()
  }

  #put(text: string): void {
    const bytes = Buffer.byteLength(text)
    const at = this.#count++
    if (bytes > PIECE_BYTES) this.#open = undefined
    else {
      if (!this.#open || this.#open.bytes >= ROW_BYTES) this.#begin(at)
      const open = this.#open as StreamRow
      open.texts.push(text)
      open.bytes += bytes
      this.#waiting += bytes
      if (!this.#changed.includes(open)) this.#changed.push(open)
    }
  }

  #begin(first: number): void {
    this.#open = { first, texts: [], bytes: 0 }
    this.#rows.push(first)
  }

  /** Everything that has not landed. */
  take(): StreamRows {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isAsked = false
    this.#waiting = 0
    return this.#rowsOf(RUNNING_MS)
  }

  /** The last rows of a turn; those before get their end. */
  end(): StreamRows {
    const { ops, landed } = this.#rowsOf(ENDED_MS)
    const there = new Set(this.#changed.map(({ first }) => first))
    const before = this.#rows.slice(-MOST_TOUCHED).filter((first) => !there.has(first))
    return { ops: [...before.map((first): Op => ({ touch: this.#key(first), ttlMs: ENDED_MS })), ...ops], landed }
  }

  /** Nothing is sent any more. */
  close(): void {
    clearTimeout(this.#timer)
    this.#isClosed = true
  }

  #rowsOf(ttlMs: number): StreamRows {
    const sizes = this.#changed.map((row) => ({ row, size: row.texts.length }))
    const ops = this.#changed.map(({ first, texts }): Op => {
      return { put: this.#key(first), value: new TextEncoder().encode(`[${texts.join(',')}]`), ttlMs }
    })
    const landed = (): void => {
      const isThere = ({ row }: (typeof sizes)[number], size: number) => row.texts.length === size
      const done = new Set(sizes.filter((one) => isThere(one, one.size)).map(({ row }) => row))
      this.#changed = this.#changed.filter((row) => !done.has(row))
    }
    return { ops, landed }
  }

  #key(first: number): string {
    return streamKey(this.#turn, first)
  }
}
