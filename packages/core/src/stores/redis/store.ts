import type { CodecOptions } from '../../contract/codec.ts'
import type { Clock } from '../../contract/ports.ts'
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
} from '../../contract/store.ts'
import type { EverthreadError } from '../../errors.ts'
import { createStore } from '../create-store.ts'
import { checkOptions } from './check-options.ts'
import { openClient, type RedisAddress } from './client.ts'
import { type Client, Connection } from './connection.ts'
import { RedisDriver } from './driver.ts'
import { beforeCommit } from './failures.ts'
import { createKeys, type Keys } from './keys.ts'
import { type ReplicationOptions, waitForReplicas } from './replication.ts'
import { checkStart } from './start-check.ts'
import { RedisWatch } from './watch.ts'

export interface RedisStoreOptions {
  /** Put before every key, after the client's own `keyPrefix`. Default `everthread`. */
  prefix?: string
  codec?: CodecOptions
  /** Replaces the server's time everywhere; for tests. Nothing is then expired by Redis itself. */
  clock?: Clock
  /** How long one try may take, in ms. Default 5,000. */
  timeoutMs?: number
  /** How often to try again after a lost connection or a missing reply. A commit keeps its id. Default 6. */
  retries?: number
  /** The pause before the first retry, in ms; it doubles, and half of it is random. Default 50. */
  backoffMs?: number
  /** Waits for replicas after each commit, which holds up what comes behind it. Off by default. */
  wait?: ReplicationOptions
  /**
   * How long the stamp of a dropped partition stays, in ms. Must exceed twice the difference of the clocks of a
   * cluster's nodes. Default 60,000.
   */
  graceMs?: number
  /** Told of what works but should not stay so: `STORE_EVICTS`, `INDEX_NOT_CLEANED`. */
  onWarning?: (warning: EverthreadError) => void
}

/**
 * A store on Redis 6.2 or newer, Valkey, or a cluster of them, by `ioredis` 5 or 6. It connects on first use. Of a
 * client that is given it takes the settings, not the connection: that stays the caller's.
 *
 * Raises `OPTIONS_INVALID`, `PEER_MISSING`, `STORE_UNREACHABLE`, `STORE_TIMEOUT`, `STORE_AUTH`, `STORE_NO_PERMISSION`, `STORE_FULL`,
 * `STORE_WRONG_TYPE`, `STORE_VERSION`, `STORE_CLUSTER`, `STORE_READ_ONLY`, `STORE_NOT_REPLICATED` and `STORE_BUSY`;
 * on a commit, `committed` says whether it happened.
 */
export function redisStore(clientOrAddress: Client | RedisAddress, options: RedisStoreOptions = {}): Store {
  checkOptions(clientOrAddress, options)
  return createStore(new RedisStoreDriver(clientOrAddress, options), options)
}

interface Opened {
  client: Client
  keys: Keys
  driver: RedisDriver
}

/** Opens on first use, then passes on. */
class RedisStoreDriver implements StoreDriver {
  readonly #target: Client | RedisAddress
  readonly #options: RedisStoreOptions
  readonly #watch = new RedisWatch(() => this.#open())
  #client: Promise<Opened> | undefined
  #checked: Promise<Opened> | undefined
  /** Once it is open: nobody needs to wait for that any more. */
  #opened: Opened | undefined

  constructor(target: Client | RedisAddress, options: RedisStoreOptions) {
    this.#target = target
    this.#options = options
  }

  read(partition: Partition, reads: Read[], known?: number): Promise<Snapshot> {
    if (this.#opened) return this.#opened.driver.read(partition, reads, known)
    return this.#open().then(({ driver }) => driver.read(partition, reads, known))
  }

  commit(partition: Partition, commit: Commit): Promise<Outcome> {
    if (this.#opened) return this.#opened.driver.commit(partition, commit)
    return this.#openToCommit().then(({ driver }) => driver.commit(partition, commit))
  }

  async drop(partition: Partition): Promise<void> {
    await (await this.#open()).driver.drop(partition)
  }

  async query(tenant: string, query: IndexQuery): Promise<IndexPage> {
    return (await this.#open()).driver.query(tenant, query)
  }

  watch(partitions: Partition[], signal: AbortSignal): AsyncIterable<Partition> {
    return this.#watch.watch(partitions, signal)
  }

  async close(): Promise<void> {
    this.#watch.close()
    // What could not be opened needs no closing.
    const opened = await this.#client?.catch(() => undefined)
    await opened?.driver.settle()
    opened?.driver.connection.close()
  }

  #openToCommit(): Promise<Opened> {
    return this.#open().catch((error: unknown) => {
      throw beforeCommit(error)
    })
  }

  /** Checked once; a check that fails is made again by the next call. */
  #open(): Promise<Opened> {
    this.#client ??= this.#connect()
    this.#checked ??= this.#client.then(async (opened) => {
      await checkStart(opened.driver.connection, opened.keys.probe, this.#onWarning)
      this.#opened = opened
      return opened
    })
    const checked = this.#checked
    checked.catch(() => {
      if (this.#checked === checked) this.#checked = undefined
    })
    return checked
  }

  async #connect(): Promise<Opened> {
    const { prefix = 'everthread', clock, wait, graceMs = 60_000 } = this.#options
    const { timeoutMs = 5_000, retries = 6, backoffMs = 50 } = this.#options
    const client = await openClient(this.#target)
    const connection = new Connection(client, { timeoutMs, retries, backoffMs })
    const keys = createKeys(prefix, client.options.keyPrefix ?? '')
    const driver = new RedisDriver(connection, keys, {
      graceMs,
      onWarning: this.#onWarning,
      ...(clock ? { clock } : {}),
      ...(wait ? { afterCommit: (key: string) => waitForReplicas(connection, key, wait) } : {}),
    })
    return { client, keys, driver }
  }

  readonly #onWarning = (warning: EverthreadError): void => this.#options.onWarning?.(warning)
}
