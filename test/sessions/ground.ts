import { randomUUID } from 'node:crypto'
import {
  type NeutralMessage,
  type Session,
  SessionManager,
  type SessionManagerOptions,
  type Store,
} from '@everthread/core'
import { afterAll } from 'vitest'
import type { Database, Subject } from '../interop/subjects/subject.ts'

/** A database for the tests of a file, removed after them. Every session of a test has an id of its own. */
export class Ground {
  readonly store: Store
  /** What a process needs to open the same database; memory has no such place. */
  readonly address: string | undefined
  readonly #database: Database
  readonly #opened: Store[] = []
  readonly #used = new Set<string>()

  constructor({ create }: Subject) {
    this.#database = create()
    this.address = this.#database.address
    this.store = this.open()
    afterAll(() => this.#close())
  }

  /** Another handle on the database, as another process has. */
  open(): Store {
    const store = this.#database.open()
    this.#opened.push(store)
    return store
  }

  /** A manager that knows nothing of what others did. */
  manager(options: Partial<SessionManagerOptions> = {}): SessionManager {
    return new SessionManager({ store: this.store, ...options })
  }

  /** A name for a session, which is deleted after the tests. */
  newId(): string {
    const id = randomUUID()
    this.#used.add(id)
    return id
  }

  /** A session that was just made, and its view from another process. */
  async session(): Promise<{ id: string; session: Session; elsewhere(): Session }> {
    const id = this.newId()
    const session = await this.manager().asService().create({ id })
    return { id, session, elsewhere: () => this.manager().asService().open(id) }
  }

  async #close(): Promise<void> {
    for (const id of this.#used) await this.store.drop({ tenant: 'default', id })
    for (const store of this.#opened) await store.close()
    await this.#database.remove()
  }
}

export const user = (content: string, fields: Partial<NeutralMessage> = {}): NeutralMessage => ({
  role: 'user',
  parts: [{ type: 'text', content }],
  ...fields,
})

export const textsOf = (messages: readonly NeutralMessage[]): unknown[] =>
  messages.map(({ parts }) => parts[0]?.content)
