import type { Session } from '../request/session.ts'
import { type Callback, Store, type StoredSession } from './store.ts'

/** Sessions in this process as JSON, as express-session's default store keeps them: for tests and first tries. */
export class MemoryStore extends Store {
  readonly sessions: Record<string, string> = Object.create(null) as Record<string, string>

  override get(id: string, callback: Callback<StoredSession | null>): void {
    setImmediate(callback, null, this.#live(id) ?? null)
  }

  override set(id: string, session: StoredSession | Session, callback?: Callback): void {
    this.sessions[id] = JSON.stringify(session)
    if (callback) setImmediate(callback)
  }

  override destroy(id: string, callback?: Callback): void {
    delete this.sessions[id]
    if (callback) setImmediate(callback)
  }

  override touch(id: string, session: StoredSession | Session, callback?: Callback): void {
    const stored = this.#live(id)
    if (stored) this.sessions[id] = JSON.stringify({ ...stored, cookie: session.cookie })
    if (callback) setImmediate(callback)
  }

  override all(callback: Callback<Record<string, StoredSession>>): void {
    setImmediate(callback, null, this.#all())
  }

  override length(callback: Callback<number>): void {
    setImmediate(callback, null, Object.keys(this.#all()).length)
  }

  override clear(callback?: Callback): void {
    for (const id of Object.keys(this.sessions)) delete this.sessions[id]
    if (callback) setImmediate(callback)
  }

  #all(): Record<string, StoredSession> {
    const found = Object.keys(this.sessions).map((id) => [id, this.#live(id)] as const)
    return Object.fromEntries(found.filter((entry): entry is [string, StoredSession] => entry[1] !== undefined))
  }

  #live(id: string): StoredSession | undefined {
    const text = this.sessions[id]
    if (text === undefined) return undefined
    const session = JSON.parse(text) as StoredSession
    const expires = session.cookie?.expires
    if (!expires || new Date(expires).valueOf() > Date.now()) return session
    delete this.sessions[id]
    return undefined
  }
}
