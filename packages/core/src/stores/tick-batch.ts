import { EverthreadError } from '../errors.ts'

interface Waiting<Request, Answer> {
  request: Request
  resolve(answer: Answer): void
  reject(error: unknown): void
}

export interface BatchRules<Request, Answer> {
  /** How many of these, from the first on, one statement takes; at least one. */
  countOf(requests: readonly Request[]): number
  /** The order within a statement; that of the calls when there is none. */
  compare?(a: Request, b: Request): number
  /** Answers in the order of the requests; an error refuses its own request only. */
  send(requests: Request[]): Promise<(Answer | EverthreadError)[]>
  /** Whether what failed together may be sent again one by one, as one may have failed the others. */
  mayTryAlone(error: EverthreadError): boolean
}

/** A tick ends once all promises that are settled have been acted on. */
function atEndOfTick(flush: () => void): void {
  queueMicrotask(() => process.nextTick(flush))
}

/** Gathers what is asked in one tick, or until `later` calls back, so that it shares round trips. */
export class TickBatch<Request, Answer> {
  readonly #rules: BatchRules<Request, Answer>
  readonly #later: (flush: () => void) => void
  #waiting: Waiting<Request, Answer>[] = []

  constructor(rules: BatchRules<Request, Answer>, later: (flush: () => void) => void = atEndOfTick) {
    this.#rules = rules
    this.#later = later
  }

  add(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) this.#later(() => this.#flush())
      this.#waiting.push({ request, resolve, reject })
    })
  }

  #flush(): void {
    const waiting = this.#waiting.splice(0)
    while (waiting.length > 0) {
      const count = this.#rules.countOf(waiting.map(({ request }) => request))
      void this.#send(waiting.splice(0, count))
    }
  }

  async #send(batch: Waiting<Request, Answer>[]): Promise<void> {
    const { compare, send, mayTryAlone } = this.#rules
    const ordered = compare ? batch.toSorted((a, b) => compare(a.request, b.request)) : batch
    try {
      const answers = await send(ordered.map(({ request }) => request))
      for (const [at, { resolve, reject }] of ordered.entries()) {
        const answer = answers[at] as Answer | EverthreadError
        if (EverthreadError.isInstance(answer)) reject(answer)
        else resolve(answer)
      }
    } catch (error) {
      const isFinal = batch.length === 1 || !EverthreadError.isInstance(error) || !mayTryAlone(error)
      if (isFinal) for (const { reject } of batch) reject(error)
      else for (const one of batch) await this.#send([one])
    }
  }
}
