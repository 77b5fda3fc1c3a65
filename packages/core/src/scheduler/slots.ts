import PQueue, { type QueueAddOptions } from 'p-queue'
import { type Candidate, Line, type LineOptions } from './line.ts'
import type { Running } from './running.ts'

type Run = () => Promise<unknown>

interface Entering extends QueueAddOptions {
  readonly candidate?: Candidate
}

/** A slot on the machine that a turn has. */
export interface Slot {
  /** Once is enough. */
  leave(): void
}

/** The slots on this machine, and the line of those who wait for one. */
export class Slots {
  readonly #running: Running
  readonly #line: Line<Run>
  readonly #queue: PQueue<QueueOfLine, Entering>
  #capacity: number
  /** Who had to be let in beyond the capacity. */
  #beyond = 0

  constructor(capacity: number, options: LineOptions) {
    const line = new Line<Run>(options)
    let queue: PQueue<QueueOfLine, Entering> | undefined
    // The queue asks from within its constructor, too.
    const hasFree = (): boolean => queue !== undefined && queue.pending < queue.concurrency
    this.#running = options.running
    this.#line = line
    this.#capacity = capacity
    queue = new PQueue<QueueOfLine, Entering>({
      concurrency: capacity,
      queueClass: class extends QueueOfLine {
        constructor() {
          super(line, hasFree)
        }
      },
    })
    this.#queue = queue
  }

  get waiting(): number {
    return this.#line.length
  }

  get capacity(): number {
    return this.#capacity
  }

  set capacity(capacity: number) {
    this.#capacity = capacity
    this.#admit()
  }

  /** Waits for a slot. The signal ends the wait with its reason. */
  enter(candidate: Candidate, signal: AbortSignal): Promise<Slot> {
    return new Promise((resolve, reject) => {
      // The queue would take a turn that is aborted for over, while it still seals what it has.
      const waiting = new AbortController()
      const abort = (): void => waiting.abort(signal.reason)
      signal.addEventListener('abort', abort)
      if (signal.aborted) abort()
      const run = (): Promise<void> => {
        signal.removeEventListener('abort', abort)
        const left = Promise.withResolvers<void>()
        this.#running.take(candidate.needs)
        resolve({ leave: this.#once(candidate, left.resolve) })
        return left.promise
      }
      this.#queue.add(run, { id: candidate.id, candidate, signal: waiting.signal }).catch((reason: unknown) => {
        signal.removeEventListener('abort', abort)
        reject(reason)
      })
    })
  }

  /** A slot at once, for one whom others would wait for: the fewer there are for who comes next. */
  force(candidate: Candidate): Slot {
    this.#beyond++
    this.#running.take(candidate.needs)
    this.#admit()
    return {
      leave: this.#once(candidate, () => {
        this.#beyond--
        this.#admit()
      }),
    }
  }

  #once(candidate: Candidate, then: () => void): () => void {
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#running.give(candidate.needs)
      this.#line.unstick()
      then()
    }
  }

  #admit(): void {
    this.#queue.concurrency = Math.max(1, this.#capacity - this.#beyond)
  }
}

/** The line, as a p-queue wants it. It takes the size for how many may start, and asks for no one when there is none. */
class QueueOfLine {
  readonly #line: Line<Run>
  readonly #hasFree: () => boolean

  constructor(line: Line<Run>, hasFree: () => boolean) {
    this.#line = line
    this.#hasFree = hasFree
  }

  get size(): number {
    // Only who could start is worth a search.
    return this.#hasFree() && !this.#line.hasNext ? 0 : this.#line.length
  }

  enqueue(run: Run, { candidate }: Entering = {}): void {
    if (candidate) this.#line.enter(candidate, run)
  }

  dequeue(): Run | undefined {
    return this.#line.next()?.run
  }

  remove(id: string): void {
    this.#line.leave(id)
  }

  /** Nobody asks: the order is the line's own. */
  filter(): Run[] {
    return []
  }

  setPriority(): void {
    this.#line.unstick()
  }
}
