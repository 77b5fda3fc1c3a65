import type { SessionEvent, SessionManagerOptions, Store } from '@everthread/core'
import { SessionManager } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

/** Sessions at a time of the test's own, with all that is heard of them. */
export class SessionScene {
  now: number = Date.UTC(2026, 0, 15, 12)
  readonly clock = (): number => this.now
  readonly store: Store
  readonly events: SessionEvent[] = []
  readonly sessions: SessionManager

  constructor(options: Partial<SessionManagerOptions> = {}) {
    this.store = options.store ?? memoryStore({ clock: this.clock })
    this.sessions = this.manager(options)
  }

  /** Another process on the same store. */
  manager(options: Partial<SessionManagerOptions> = {}): SessionManager {
    return new SessionManager({
      store: this.store,
      clock: this.clock,
      onEvent: (event) => void this.events.push(event),
      ...options,
    })
  }

  /** What was heard since the last time, as `type` and `code`. */
  heard(): string[] {
    return this.events.splice(0).map(({ type, code }) => (code === undefined ? type : `${type} ${code}`))
  }
}
