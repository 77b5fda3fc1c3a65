import { keyIdOf } from '../codec/codec.ts'
import type { KeyRing } from '../codec/key-ring.ts'
import type { Codec, DataKey } from '../contract/codec.ts'
import type {
  Bytes,
  Commit,
  IndexPage,
  IndexQuery,
  Op,
  Outcome,
  Partition,
  Read,
  Row,
  Snapshot,
  StoreDriver,
} from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { encodeCommit, indexPlace } from './encode-commit.ts'
import { type KnownKey, KnownKeys } from './known-keys.ts'
import { DATA_KEY_ROW, readCallersRows } from './own-rows.ts'

/** Each try meets another key only if the partition was dropped and made again meanwhile. */
const TRIES = 16

/**
 * Encrypts what goes to a driver. A partition's data key stands in the partition, wrapped, as the row
 * {@link DATA_KEY_ROW}. Every commit expects that row as this process knows it, so that no value is ever sealed by a
 * key that is not there: the first commit brings the key along, and one that meets another key is done again with it.
 */
export class SealedDriver implements StoreDriver {
  readonly #driver: StoreDriver
  readonly #codec: Codec
  readonly #ring: KeyRing
  readonly #known = new KnownKeys()

  constructor(driver: StoreDriver, codec: Codec, ring: KeyRing) {
    this.#driver = driver
    this.#codec = codec
    this.#ring = ring
  }

  async read(partition: Partition, reads: Read[], knownRev?: number): Promise<Snapshot> {
    const known = this.#known.get(partition)
    if (known) {
      const snapshot = await readCallersRows(this.#driver, partition, reads, knownRev)
      if (snapshot.unchanged) return snapshot
      if (snapshot.rev === 0) this.#known.forget(partition)
      const sealedByKnown = snapshot.rows.flat().every(({ value }) => isSealedBy(value, known.dataKey))
      if (sealedByKnown) return this.#decode(partition, snapshot, known.dataKey)
      this.#known.forget(partition)
    }
    const snapshot = await readCallersRows(this.#driver, partition, [...reads, { get: [DATA_KEY_ROW] }], knownRev)
    if (snapshot.unchanged) return snapshot
    const { rows, more, ...head } = snapshot
    const dataKey = this.#learn(partition, rows.at(-1)?.[0])?.dataKey
    return this.#decode(partition, { ...head, rows: rows.slice(0, -1), more: more.slice(0, -1) }, dataKey)
  }

  async commit(partition: Partition, commit: Commit): Promise<Outcome> {
    for (let tries = 0; tries < TRIES; tries++) {
      const known = this.#known.get(partition)
      const dataKey = known?.dataKey ?? this.#ring.createDataKey()
      const outcome = await this.#driver.commit(partition, this.#seal(partition, commit, dataKey, known))
      if (outcome.ok) {
        const putKey = !known || commit.ops.some(deletesKey)
        if (putKey && !outcome.repeated) this.#known.learn(partition, { dataKey, rev: outcome.rev })
        return outcome
      }
      const keyRow = outcome.rows.find((row) => row.key === DATA_KEY_ROW)
      const current = this.#learn(partition, keyRow)
      const isKeyAsExpected = (current?.rev ?? 0) === (known?.rev ?? 0)
      if (outcome.failed === 'expect' && !isKeyAsExpected) continue
      const rows = outcome.rows.filter((row) => row.key !== DATA_KEY_ROW)
      return { ...outcome, rows: this.#decodeRows(partition, rows, current?.dataKey) }
    }
    const message = 'The partition is dropped and made again without end: stop whoever does so, and try again.'
    throw new EverthreadError('KEY_UNSTABLE', message, { committed: 'no' })
  }

  async drop(partition: Partition): Promise<void> {
    await this.#driver.drop(partition)
    this.#known.forget(partition)
  }

  async query(tenant: string, query: IndexQuery): Promise<IndexPage> {
    const page = await this.#driver.query(tenant, { ...query, index: this.#ring.indexName(tenant, query.index) })
    const rows = page.rows.map((hit) => {
      if (!hit.value) return hit
      const place = { partition: hit.partition, key: indexPlace(query.index, hit.sort) }
      return { ...hit, value: this.#codec.decode(hit.value, place, this.#ring.findIndexKey(keyIdOf(hit.value))) }
    })
    return { ...page, rows }
  }

  watch(partitions: Partition[], signal: AbortSignal): AsyncIterable<Partition> {
    return this.#driver.watch(partitions, signal)
  }

  close(): Promise<void> {
    return this.#driver.close()
  }

  #seal(partition: Partition, commit: Commit, dataKey: DataKey, known: KnownKey | undefined): Commit {
    const sealed = encodeCommit(this.#codec, partition, commit, { rows: dataKey, index: this.#ring.indexKey })
    const putKey = { put: DATA_KEY_ROW, value: this.#ring.wrap(dataKey, partition) }
    const ops = sealed.ops.flatMap((op): Op[] => (deletesKey(op) ? [op, putKey] : [op]))
    const index = sealed.index?.map((entry) => ({
      ...entry,
      index: this.#ring.indexName(partition.tenant, entry.index),
    }))
    return {
      ...sealed,
      expect: [...(sealed.expect ?? []), { key: DATA_KEY_ROW, rev: known?.rev ?? 0 }],
      ops: known ? ops : [putKey, ...ops],
      ...(index ? { index } : {}),
    }
  }

  /** What the row says now, remembered; without a row there is nothing to remember. */
  #learn(partition: Partition, keyRow: Row | undefined): KnownKey | undefined {
    if (!keyRow) {
      this.#known.forget(partition)
      return undefined
    }
    const known = this.#known.get(partition)
    if (known?.rev === keyRow.rev) return known
    const current = { dataKey: this.#ring.unwrap(keyRow.value, partition), rev: keyRow.rev }
    this.#known.learn(partition, current)
    return current
  }

  #decode(partition: Partition, snapshot: Snapshot, dataKey: DataKey | undefined): Snapshot {
    return { ...snapshot, rows: snapshot.rows.map((rows) => this.#decodeRows(partition, rows, dataKey)) }
  }

  #decodeRows(partition: Partition, rows: Row[], dataKey: DataKey | undefined): Row[] {
    return rows.map((row) => ({ ...row, value: this.#codec.decode(row.value, { partition, key: row.key }, dataKey) }))
  }
}

function deletesKey(op: Op): boolean {
  return 'delPrefix' in op && op.delPrefix === ''
}

/** True of a plain value too: decoding it says what is wrong. */
function isSealedBy(value: Bytes, dataKey: DataKey): boolean {
  const id = keyIdOf(value)
  return id === undefined || Buffer.compare(id, dataKey.id) === 0
}
