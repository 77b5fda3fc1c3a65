import {
  ProcessScheduler,
  type ProcessSchedulerOptions,
  type Session,
  SessionManager,
  type SessionManagerOptions,
  type Store,
  type TurnOptions,
} from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { vi } from 'vitest'
import { virtualTime } from '../turn/scene.ts'

/** Turns of many sessions on a scheduler, in virtual time. */
export class SchedulerScene {
  readonly store: Store = memoryStore({ clock: () => Date.now() })
  readonly scheduler: ProcessScheduler
  readonly sessions: SessionManager
  /** The turns in the order in which they began. */
  readonly begun: string[] = []
  readonly ended: string[] = []
  running = 0
  most = 0

  constructor(options: ProcessSchedulerOptions = {}, manager: Partial<SessionManagerOptions> = {}) {
    this.scheduler = new ProcessScheduler(options)
    this.sessions = new SessionManager({ store: this.store, scheduler: this.scheduler, ...manager })
  }

  session(id: string): Session {
    return this.sessions.asService().open(id)
  }

  /** A turn of `ms`, in a session of its own unless there is one. */
  async run(name: string, ms: number, options: TurnOptions = {}, session: Session = this.session(name)): Promise<void> {
    await session.turn(async () => {
      this.begun.push(name)
      this.most = Math.max(this.most, ++this.running)
      await new Promise((resolve) => setTimeout(resolve, ms))
      this.running--
      this.ended.push(name)
    }, options)
  }
}

/** A scene whose timers go on with {@link pass} alone. */
export function virtualScene(
  options: ProcessSchedulerOptions = {},
  manager: Partial<SessionManagerOptions> = {},
): SchedulerScene {
  virtualTime()
  return new SchedulerScene({ clock: () => Date.now(), ...options }, { clock: () => Date.now(), ...manager })
}

export const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)

/** Time goes on until these are settled. */
export async function passUntil(all: readonly Promise<unknown>[], stepMs = 100): Promise<void> {
  let open = true
  const settled = Promise.allSettled(all).then(() => {
    open = false
  })
  while (open) await pass(stepMs)
  await settled
  await Promise.all(all)
}
