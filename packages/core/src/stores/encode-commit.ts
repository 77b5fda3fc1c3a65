import type { Codec, DataKey } from '../contract/codec.ts'
import { joinKey } from '../contract/key.ts'
import { LIMITS } from '../contract/limits.ts'
import type { Bytes, Commit, IndexEntry, Op, Partition } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'

/** The data key of the partition and the key of index values; none when the store does not encrypt. */
export interface ValueKeys {
  rows?: DataKey
  index?: DataKey
}

/** The commit with its values as stored. Raises `COMMIT_TOO_LARGE`. */
export function encodeCommit(codec: Codec, partition: Partition, commit: Commit, keys: ValueKeys = {}): Commit {
  let bytes = 0
  const encode = (value: Bytes, key: string, dataKey: DataKey | undefined): Bytes => {
    const encoded = codec.encode(value, { partition, key }, dataKey)
    bytes += encoded.length
    if (bytes <= LIMITS.commitBytes) return encoded
    const message = `A commit takes at most ${LIMITS.commitBytes} bytes of values as stored: stage it in several.`
    throw new EverthreadError('COMMIT_TOO_LARGE', message, { committed: 'no' })
  }
  const ops = commit.ops.map((op): Op => ('put' in op ? { ...op, value: encode(op.value, op.put, keys.rows) } : op))
  if (!commit.index) return { ...commit, ops }
  const index = commit.index.map((entry): IndexEntry => {
    const { index: name, sort, value } = entry
    return value ? { ...entry, value: encode(value, indexPlace(name, sort), keys.index) } : entry
  })
  return { ...commit, ops, index }
}

/** What an index value is bound to in place of a row's key. */
export function indexPlace(index: string, sort: string): string {
  return joinKey('~index', index, sort)
}
