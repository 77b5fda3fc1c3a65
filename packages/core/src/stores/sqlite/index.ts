import type { CodecOptions } from '../../contract/codec.ts'
import type { Clock } from '../../contract/ports.ts'
import type { Store } from '../../contract/store.ts'
import { EverthreadError } from '../../errors.ts'
import { createStore } from '../create-store.ts'
import { SqliteDriver } from './sqlite-driver.ts'

export interface SqliteStoreOptions {
  /** A file, made with its folders if it is not there; or `:memory:`. */
  path: string
  codec?: CodecOptions
  /** Replaces the store's time; meant for tests. */
  clock?: Clock
  /**
   * What an acknowledged write survives: the death of the process (`process`, the default), or of the machine too
   * (`disk`, which waits for the disk at every commit).
   */
  durability?: 'process' | 'disk'
  /** How long to wait, without blocking, for a file that another process is writing. By default 10,000 ms. */
  busyTimeoutMs?: number
  /** The file may grow to this at most; a commit beyond it fails with `STORE_FULL`. Without it, to what the disk holds. */
  maxBytes?: number
  /** How often `watch` looks for what other processes wrote. By default 100 ms. */
  watchIntervalMs?: number
}

/**
 * A store in one SQLite file, by `node:sqlite`. Several processes on one machine may use the file at once; none of
 * them blocks its event loop on another. The file is opened at the first call.
 *
 * Calls fail with `STORE_CANNOT_OPEN`, `STORE_NOT_A_DATABASE`, `STORE_FOREIGN` (another program's database),
 * `STORE_NEWER_FORMAT`, `STORE_READ_ONLY`, `STORE_FULL`, `STORE_BUSY`, `STORE_CORRUPT`, `STORE_IO` or `STORE_CLOSED`.
 */
export function sqliteStore(pathOrOptions: string | SqliteStoreOptions): Store {
  const options = typeof pathOrOptions === 'object' ? pathOrOptions : { path: pathOrOptions }
  const { path, durability = 'process', busyTimeoutMs = 10_000, watchIntervalMs = 100, clock, maxBytes } = options
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new EverthreadError('OPTIONS_INVALID', 'sqliteStore needs the path of a file.')
  }
  if (durability !== 'process' && durability !== 'disk') {
    throw new EverthreadError('OPTIONS_INVALID', "durability must be 'process' or 'disk'.")
  }
  return createStore(new SqliteDriver({ path, durability, busyTimeoutMs, watchIntervalMs, clock, maxBytes }), options)
}
