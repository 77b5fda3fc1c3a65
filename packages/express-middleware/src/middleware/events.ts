import { EventEmitter } from 'node:events'
import type { SessionRequest } from '../request/session-request.ts'
import type { Anomaly } from './anomaly.ts'

/** Something that a request wrote was not stored. */
export interface Discarded {
  /** `destroyed`: the session was ended meanwhile. `unreachable`: it was new, and no cookie could name it any more. */
  reason: 'destroyed' | 'unreachable'
  /** The hash of the session's id. */
  session: string
  req: SessionRequest
}

export interface SessionEventMap {
  /** A store failed when the answer was on its way already, or a method failed that nobody asked for an answer. */
  error: [error: unknown, req: SessionRequest]
  discarded: [Discarded]
  anomaly: [Anomaly, req: SessionRequest]
}

/** What the middleware tells beside the requests. An error that nobody listens for becomes a warning of the process. */
export class SessionEvents {
  readonly emitter: EventEmitter<SessionEventMap> = new EventEmitter()

  error(error: unknown, req: SessionRequest): void {
    if (this.emitter.listenerCount('error') > 0) this.emitter.emit('error', error, req)
    else process.emitWarning(error instanceof Error ? error : new Error(String(error)))
  }

  discarded(what: Discarded): void {
    this.emitter.emit('discarded', what)
  }

  anomaly(anomaly: Anomaly, req: SessionRequest): void {
    this.emitter.emit('anomaly', anomaly, req)
  }
}
