import { randomUUID } from 'node:crypto'
import { type SessionEvent, SessionManager, type SessionManagerOptions, type Store } from '@everthread/core'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Subject } from './subjects.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** Sessions on a store of one kind, at a time of the test's own, each test in a tenant of its own. */
export class Scene {
  now: number = Date.UTC(2026, 0, 15, 12)
  readonly clock = (): number => this.now
  store!: Store
  tenant = ''
  events: SessionEvent[] = []

  /** Call it in the body of a `describe`. */
  static on(subject: Subject): Scene {
    const scene = new Scene()
    let close = async (): Promise<void> => {}
    beforeAll(async () => {
      const opened = await subject.open(scene.clock)
      scene.store = opened.store
      close = opened.close
    })
    beforeEach(() => {
      scene.tenant = randomUUID()
      scene.events = []
    })
    afterAll(() => close())
    return scene
  }

  /** What another process would have: it shares nothing but the store. */
  manager(options: Partial<SessionManagerOptions> = {}): SessionManager {
    const { store, tenant, clock } = this
    return new SessionManager({ store, tenant, clock, onEvent: (event) => void this.events.push(event), ...options })
  }

  /** What was heard since the last time, as `type` or `type code`. */
  heard(): string[] {
    return this.events.splice(0).map(({ type, code }) => (code === undefined ? type : `${type} ${code}`))
  }
}
