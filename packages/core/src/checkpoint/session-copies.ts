import type { Store } from '../contract/store.ts'
import { type CopyRow, copySession } from './copy.ts'
import type { Desk } from './desk.ts'
import { type DumpedSession, dumpSession } from './dump.ts'
import { Stage } from './stage.ts'

/** Sessions of a tenant as wholes: what they are made of, and how they come to another place. */
export class SessionCopies {
  readonly #store: Store
  readonly #desk: (session: string) => Desk

  constructor(store: Store, desk: (session: string) => Desk) {
    this.#store = store
    this.#desk = desk
  }

  /** As {@link copySession}. */
  async copy(from: string, to: string, as?: CopyRow): Promise<void> {
    const { thread } = this.#desk(to)
    await copySession(this.#store, this.#desk(from), thread.partition, as)
    thread.forget()
  }

  /** As {@link dumpSession}. */
  dump(session: string): Promise<DumpedSession> {
    return dumpSession(this.#desk(session))
  }

  /** As {@link Stage.begin}. */
  stage(session: string): Promise<Stage> {
    return Stage.begin(this.#store, this.#desk(session).thread.partition)
  }
}
