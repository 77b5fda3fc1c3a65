import { AsyncLocalStorage } from 'node:async_hooks'
import { EverthreadError } from '../errors.ts'
import type { SessionEvent, SessionEventHandler } from './session-event.ts'

/** A handler that takes longer is left behind: what it hears of must go on. */
const HANDLER_MS = 10_000

/** Hands events to their handlers, one event after the other. No handler can break what the events are about. */
export class EventHub {
  readonly #handlers = new Set<SessionEventHandler>()
  readonly #tenant: string
  readonly #now: () => number
  #last: Promise<void> = Promise.resolve()
  readonly #inside = new AsyncLocalStorage<true>()

  constructor(tenant: string, now: () => number) {
    this.#tenant = tenant
    this.#now = now
  }

  /** Gives what takes the handler off again. */
  listen(handler: SessionEventHandler): () => void {
    const own: SessionEventHandler = (event) => handler(event)
    this.#handlers.add(own)
    return () => this.#handlers.delete(own)
  }

  /** Resolves when all have heard of it; at once when a handler itself is what it comes from, as it would wait for itself. */
  async emit(event: Omit<SessionEvent, 'tenant' | 'at'> & { at?: number }): Promise<void> {
    if (this.#handlers.size === 0) return
    const whole: SessionEvent = { tenant: this.#tenant, at: this.#now(), ...event }
    const told = this.#last.then(() => this.#tell(whole))
    this.#last = told
    if (!this.#inside.getStore()) await told
  }

  /** Resolves when everything so far has been heard of. */
  settled(): Promise<void> {
    return this.#last
  }

  async #tell(event: SessionEvent): Promise<void> {
    for (const handler of [...this.#handlers]) {
      const failure = await this.#call(handler, event)
      if (failure) await this.#tellOfFailure(event, failure)
    }
  }

  async #tellOfFailure(event: SessionEvent, failure: EverthreadError): Promise<void> {
    const { tenant, type, sessionId } = event
    const error: SessionEvent = {
      type: 'error',
      tenant,
      ...(sessionId === undefined ? {} : { sessionId }),
      at: this.#now(),
      code: failure.code,
      detail: { event: type },
      cause: failure.cause ?? failure,
    }
    // One that fails at errors, too, is not asked again; somebody has to hear of it all the same.
    const failures = event.type === 'error' ? [failure] : await this.#callAll(error)
    for (const late of failures) process.emitWarning(late.message, { code: late.code, detail: String(late.cause) })
  }

  async #callAll(event: SessionEvent): Promise<EverthreadError[]> {
    const failures: EverthreadError[] = []
    for (const handler of [...this.#handlers]) {
      const failure = await this.#call(handler, event)
      if (failure) failures.push(failure)
    }
    return failures
  }

  async #call(handler: SessionEventHandler, event: SessionEvent): Promise<EverthreadError | undefined> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<EverthreadError>((resolve) => {
      const message = `A handler of ${event.type} took more than ${HANDLER_MS} ms: give long work to a queue`
      timer = setTimeout(() => resolve(new EverthreadError('EVENT_HANDLER_SLOW', message)), HANDLER_MS)
      timer.unref()
    })
    try {
      const heard = this.#inside.run(true, async () => handler(event))
      return await Promise.race([heard.then(() => undefined), late])
    } catch (cause) {
      return new EverthreadError('EVENT_HANDLER_FAILED', `A handler of ${event.type} threw: mend it`, { cause })
    } finally {
      clearTimeout(timer)
    }
  }
}
