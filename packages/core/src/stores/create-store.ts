import { createCodec } from '../codec/codec.ts'
import { KeyRing } from '../codec/key-ring.ts'
import type { Codec, CodecOptions } from '../contract/codec.ts'
import type {
  Commit,
  IndexPage,
  IndexQuery,
  Outcome,
  Partition,
  Read,
  Snapshot,
  Store,
  StoreDriver,
} from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { EncodedDriver } from './encoded-driver.ts'
import { SealedDriver } from './sealed-driver.ts'
import { checkCommit } from './validate-commit.ts'
import { checkPartition, checkTenant } from './validate-key.ts'
import { checkQuery, checkReads, checkWatch } from './validate-read.ts'
import { refuse } from './validate-text.ts'

/**
 * Makes a store of what a database can do: validates before anything is done, then encodes.
 *
 * Refuses with `TENANT_INVALID`, `ID_INVALID`, `KEY_INVALID`, `COMMIT_INVALID`, `COMMIT_TOO_LARGE`, `READ_INVALID`,
 * `QUERY_INVALID` and `WATCH_INVALID`; with `STORE_CLOSED` after `close`; with `CODEC_INVALID` for unusable options.
 *
 * What is stored is checked when it is read: `VALUE_CORRUPT`, `FORMAT_NEWER`, `KEY_MISSING`, `DECRYPT_FAILED`,
 * `VALUE_NOT_ENCRYPTED`.
 */
export function createStore(driver: StoreDriver, options: { codec?: CodecOptions } = {}): Store {
  const codec = createCodec(options.codec)
  const keys = options.codec?.keys
  const encoded = keys ? new SealedDriver(driver, codec, new KeyRing(keys)) : new EncodedDriver(driver, codec)
  return new CheckedStore(encoded, codec)
}

class CheckedStore implements Store {
  readonly codec: Codec
  readonly #driver: StoreDriver
  #closing: Promise<void> | undefined

  constructor(driver: StoreDriver, codec: Codec) {
    this.#driver = driver
    this.codec = codec
  }

  read(partition: Partition, reads: Read[], known?: number): Promise<Snapshot> {
    try {
      this.#checkOpen()
      checkPartition(partition)
      checkReads(reads, known)
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#driver.read(partition, reads, known)
  }

  async commit(partition: Partition, commit: Commit): Promise<Outcome> {
    withNothingDone(() => {
      this.#checkOpen()
      checkPartition(partition)
      checkCommit(commit)
    })
    return this.#driver.commit(partition, commit)
  }

  async drop(partition: Partition): Promise<void> {
    this.#checkOpen()
    checkPartition(partition)
    await this.#driver.drop(partition)
  }

  async query(tenant: string, query: IndexQuery): Promise<IndexPage> {
    this.#checkOpen()
    checkTenant(tenant)
    checkQuery(query)
    return this.#driver.query(tenant, query)
  }

  watch(partitions: Partition[], signal: AbortSignal): AsyncIterable<Partition> {
    this.#checkOpen()
    checkWatch(partitions, signal)
    return this.#driver.watch(partitions, signal)
  }

  close(): Promise<void> {
    this.#closing ??= this.#driver.close()
    return this.#closing
  }

  #checkOpen(): void {
    if (this.#closing) refuse('STORE_CLOSED', 'The store is closed: open a new one.')
  }
}

/** What a check refuses has not been committed, and its error says so. */
function withNothingDone(check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!EverthreadError.isInstance(error)) throw error
    throw new EverthreadError(error.code, error.message, { cause: error, committed: 'no' })
  }
}
