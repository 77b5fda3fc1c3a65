import type { Codec } from '../contract/codec.ts'
import { LIMITS } from '../contract/limits.ts'
import type { Bytes, Commit, Op, Outcome, Partition, Read, Row, Snapshot, StoreDriver } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'

/** Encodes what goes to a driver and decodes what comes from it. */
export function encodedDriver(driver: StoreDriver, codec: Codec): StoreDriver {
  const decodeRow = (partition: Partition, row: Row): Row => ({
    ...row,
    value: codec.decode(row.value, { partition, key: row.key }),
  })
  return {
    async read(partition: Partition, reads: Read[]): Promise<Snapshot> {
      const snapshot = await driver.read(partition, reads)
      return { ...snapshot, rows: snapshot.rows.map((rows) => rows.map((row) => decodeRow(partition, row))) }
    },
    async commit(partition: Partition, commit: Commit): Promise<Outcome> {
      let bytes = 0
      const encode = (key: string, value: Bytes): Bytes => {
        const encoded = codec.encode(value, { partition, key })
        bytes += encoded.length
        return encoded
      }
      const ops = commit.ops.map((op): Op => ('put' in op ? { ...op, value: encode(op.put, op.value) } : op))
      const index = commit.index?.map((entry) =>
        entry.value ? { ...entry, value: encode(`${entry.index}/${entry.sort}`, entry.value) } : entry,
      )
      if (bytes > LIMITS.commitBytes) {
        throw new EverthreadError(
          'COMMIT_TOO_LARGE',
          `A commit takes at most ${LIMITS.commitBytes} bytes: stage it in several.`,
        )
      }
      const outcome = await driver.commit(partition, { ...commit, ops, ...(index ? { index } : {}) })
      return outcome.ok ? outcome : { ...outcome, rows: outcome.rows.map((row) => decodeRow(partition, row)) }
    },
    drop: (partition) => driver.drop(partition),
    async query(tenant, query) {
      const page = await driver.query(tenant, query)
      return {
        ...page,
        rows: page.rows.map(({ value, ...hit }) =>
          value
            ? { ...hit, value: codec.decode(value, { partition: hit.partition, key: `${query.index}/${hit.sort}` }) }
            : hit,
        ),
      }
    },
    watch: (partitions, signal) => driver.watch(partitions, signal),
    close: () => driver.close(),
  }
}
