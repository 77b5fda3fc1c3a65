import type { ServerResponse } from 'node:http'
import { freezeHead, type Head, headOf, restoreHead, takeOver, tooLate } from './response-head.ts'

/** What must happen around an answer. */
export interface Steps {
  /** Just before the headers are written; `isOpen`: the body is of a length that nobody knows. */
  headers(isOpen: boolean): void
  /** What must be stored by now; undefined when all is. `isEnd`: nothing more will come. */
  pending(isEnd: boolean): Promise<void> | undefined
  /** Nothing of the answer has left: it becomes this error. */
  failed(error: unknown): void
  /** Something could not be stored, and the answer is on its way already. */
  report(error: unknown): void
}

type Methods = Pick<ServerResponse, 'writeHead' | 'write' | 'end' | 'flushHeaders'>

/**
 * Puts steps around an answer: its end waits for what must be stored, and so does the first piece of a stream. Headers
 * that are written early wait with it, so that an answer which cannot be stored can still become an error.
 */
export function aroundAnswer(res: ServerResponse, steps: Steps): void {
  const answer = new Answer(res, steps)
  res.writeHead = (...args: unknown[]) => answer.writeHead(args)
  res.flushHeaders = () => answer.flushHeaders()
  res.write = (...args: unknown[]) => answer.write(args)
  res.end = (...args: unknown[]) => answer.end(args)
  // Also when the client has gone and the handler never ends its answer.
  res.once('close', () => steps.pending(true)?.catch((error: unknown) => steps.report(error)))
}

class Answer {
  readonly #res: ServerResponse
  readonly #steps: Steps
  /** The response's own methods, or those of a middleware before this one. */
  readonly #inner: Methods
  readonly #before: Head
  /** What the first piece of a stream is waiting for, and all that comes behind it. */
  #held: (() => void)[] | undefined
  #isOpened = false
  #isEnded = false
  #hasHead = false
  #isPassing = false

  constructor(res: ServerResponse, steps: Steps) {
    this.#res = res
    this.#steps = steps
    const { writeHead, write, end, flushHeaders } = res
    this.#inner = { writeHead, write, end, flushHeaders }
    this.#before = headOf(res)
  }

  writeHead(args: unknown[]): ServerResponse {
    const res = this.#res
    if (this.#isPassing || this.#hasHead) {
      if (!this.#hasHead) {
        this.#hasHead = true
        this.#steps.headers(!this.#isEnded && !res.hasHeader('Content-Length'))
      }
      return Reflect.apply(this.#inner.writeHead, res, args)
    }
    if (res.headersSent) throw tooLate('write')
    // Node says what is wrong with a status that is none.
    if (!takeOver(res, args)) return Reflect.apply(this.#inner.writeHead, res, args)
    this.#claim(true)
    return res
  }

  flushHeaders(): void {
    this.#open()
    const step = () => void this.#pass('flushHeaders', [])
    if (this.#held) this.#held.push(step)
    else step()
  }

  write(args: unknown[]): boolean {
    if (this.#isEnded) return false
    this.#open()
    if (!this.#held) return this.#pass('write', args) as boolean
    this.#held.push(() => this.#pass('write', args))
    return false
  }

  end(args: unknown[]): ServerResponse {
    if (this.#isEnded) return this.#res
    this.#isEnded = true
    if (this.#held) this.#held.push(() => this.#finish(args))
    else this.#finish(args)
    return this.#res
  }

  #pass(name: keyof Methods, args: unknown[]): unknown {
    this.#isPassing = true
    try {
      return Reflect.apply(this.#inner[name], this.#res, args)
    } finally {
      this.#isPassing = false
    }
  }

  /** The headers count as sent as soon as the handler has decided on them. */
  #claim(isClaimed: boolean): void {
    if (isClaimed) Object.defineProperty(this.#res, 'headersSent', { configurable: true, value: true })
    else Reflect.deleteProperty(this.#res, 'headersSent')
  }

  #open(): void {
    if (this.#isOpened) return
    this.#isOpened = true
    const work = this.#steps.pending(false)
    if (!work) return
    this.#held = []
    const release = () => {
      const waiting = this.#held ?? []
      this.#held = undefined
      for (const step of waiting) step()
      if (!this.#isEnded && !this.#res.writableNeedDrain) this.#res.emit('drain')
    }
    // Should it have failed, the end tries again, and tells.
    work.then(release, release)
  }

  #finish(args: unknown[]): void {
    const work = this.#steps.pending(true)
    if (!work) {
      this.#pass('end', args)
      return
    }
    const isBegun = this.#isOpened || this.#hasHead
    const thaw = isBegun ? () => undefined : freezeHead(this.#res)
    this.#claim(true)
    const leave = () => {
      thaw()
      this.#pass('end', args)
    }
    work.then(leave, (error: unknown) => {
      if (isBegun || this.#res.destroyed) {
        this.#steps.report(error)
        leave()
        return
      }
      thaw()
      restoreHead(this.#res, this.#before)
      this.#claim(false)
      this.#isEnded = false
      this.#steps.failed(error)
    })
  }
}
