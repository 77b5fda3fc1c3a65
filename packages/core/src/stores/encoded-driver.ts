import type { Codec } from '../contract/codec.ts'
import type {
  Commit,
  IndexPage,
  IndexQuery,
  Outcome,
  Partition,
  Read,
  Row,
  Snapshot,
  StoreDriver,
} from '../contract/store.ts'
import { encodeCommit, indexPlace } from './encode-commit.ts'
import { readCallersRows } from './own-rows.ts'

/** Encodes what goes to a driver, and decodes what comes from it, without encryption. */
export class EncodedDriver implements StoreDriver {
  readonly #driver: StoreDriver
  readonly #codec: Codec

  constructor(driver: StoreDriver, codec: Codec) {
    this.#driver = driver
    this.#codec = codec
  }

  async read(partition: Partition, reads: Read[], known?: number): Promise<Snapshot> {
    const snapshot = await readCallersRows(this.#driver, partition, reads, known)
    if (snapshot.unchanged) return snapshot
    return { ...snapshot, rows: snapshot.rows.map((rows) => this.#decode(partition, rows)) }
  }

  async commit(partition: Partition, commit: Commit): Promise<Outcome> {
    const outcome = await this.#driver.commit(partition, encodeCommit(this.#codec, partition, commit))
    return outcome.ok ? outcome : { ...outcome, rows: this.#decode(partition, outcome.rows) }
  }

  drop(partition: Partition): Promise<void> {
    return this.#driver.drop(partition)
  }

  async query(tenant: string, query: IndexQuery): Promise<IndexPage> {
    const page = await this.#driver.query(tenant, query)
    const rows = page.rows.map((hit) => {
      const place = { partition: hit.partition, key: indexPlace(query.index, hit.sort) }
      return hit.value ? { ...hit, value: this.#codec.decode(hit.value, place) } : hit
    })
    return { ...page, rows }
  }

  watch(partitions: Partition[], signal: AbortSignal): AsyncIterable<Partition> {
    return this.#driver.watch(partitions, signal)
  }

  close(): Promise<void> {
    return this.#driver.close()
  }

  #decode(partition: Partition, rows: Row[]): Row[] {
    return rows.map((row) => ({ ...row, value: this.#codec.decode(row.value, { partition, key: row.key }) }))
  }
}
