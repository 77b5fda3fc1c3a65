import type { DataLog } from './data-log.ts'

/**
 * Values of the session by key, on whichever store: of any kind that the serialiser knows (JSON and beyond: Date, Map,
 * Set, BigInt, typed arrays, undefined within). A change of one key never undoes one of another.
 *
 * Everything here throws `DATA_KEY_INVALID` for a key that is empty or above 512 bytes, what writes also
 * `VALUE_CYCLIC`, `VALUE_TOO_DEEP`, `VALUE_TOO_LARGE`, `VALUE_UNSUPPORTED`, `SESSION_NOT_FOUND` when the session was
 * deleted meanwhile, `SESSION_ARCHIVED` and `SESSION_EXPIRED`.
 */
export interface SessionData {
  /** Undefined when there is none. */
  get(key: string): Promise<unknown>
  /** Undefined ends the value. */
  set(key: string, value: unknown): Promise<void>
  delete(key: string): Promise<void>
  all(): Promise<Record<string, unknown>>
  /**
   * Gives the function the value, and keeps what it returns; undefined ends the value. It runs again when somebody else
   * was faster, so it does nothing but this.
   */
  update(key: string, change: (value: unknown) => unknown): Promise<unknown>
}

export const sessionData = (log: DataLog): SessionData => ({
  get: (key) => log.get(key),
  all: () => log.all(),
  set: (key, value) => log.set(key, value),
  delete: (key) => log.set(key, undefined),
  update: (key, change) => log.update(key, change),
})
