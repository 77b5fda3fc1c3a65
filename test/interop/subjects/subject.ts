import { randomUUID } from 'node:crypto'
import type { CodecOptions, Store } from '@everthread/core'
import { EverthreadSaver, type EverthreadSaverOptions } from '@everthread/langchain-adapter'
import { afterAll } from 'vitest'

/** A kind of store under test. Each call makes a database of its own, which ends with the test file. */
export interface Subject {
  name: string
  create(codec?: CodecOptions): Database
}

export interface Database {
  /** Another handle on the same data, as another process would have. */
  open(): Store
  /** What `openAt` of the subject's file takes, in another process. Memory has no such place. */
  address?: string
  /** Removes everything, once all handles are closed. */
  remove(): Promise<void>
}

/** Handles and savers on one database of the subject, closed and removed when the enclosing tests are over. */
export class Bench {
  readonly name: string
  readonly store: Store
  readonly tenant: string = `interop-${randomUUID()}`
  readonly address: string | undefined
  readonly #database: Database
  readonly #opened: Store[] = []

  constructor({ name, create }: Subject, codec?: CodecOptions) {
    this.name = name
    this.#database = create(codec)
    this.address = this.#database.address
    this.store = this.open()
    afterAll(() => this.#close())
  }

  open(): Store {
    const store = this.#database.open()
    this.#opened.push(store)
    return store
  }

  /** A saver that knows nothing of what others did: on the first handle, or on the one that is given. */
  saver(options: Partial<EverthreadSaverOptions> = {}): EverthreadSaver {
    return new EverthreadSaver({ store: this.store, tenant: this.tenant, ...options })
  }

  async #close(): Promise<void> {
    const saver = this.saver()
    let cursor: string | undefined
    do {
      const page = await saver.listThreads({ limit: 1_000, ...(cursor === undefined ? {} : { cursor }) })
      for (const { threadId } of page.threads) await saver.deleteThread(threadId)
      cursor = page.cursor
    } while (cursor !== undefined)
    for (const store of this.#opened) await store.close()
    await this.#database.remove()
  }
}

/** As `codec`: encrypted, under a key that only this run knows. */
export const encrypted = (): CodecOptions => ({ keys: [{ id: 'test', key: randomBytes32() }] })

const randomBytes32 = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32))
