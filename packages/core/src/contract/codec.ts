import type { Bytes, Key, Partition } from './store.ts'

/** A master key by name: it wraps the data key of each partition. 32 bytes, or the same in base64 or hex. */
export interface MasterKey {
  id: string
  key: Bytes | string
}

/**
 * What a store factory takes as `codec`.
 *
 * With `keys`, row values and index values are encrypted, and index names are replaced by keyed hashes. What stays
 * plain: tenants, partition ids, row keys, sorts of indexes, sizes and times. So keep secrets out of those.
 */
export interface CodecOptions {
  /**
   * Encrypts at rest (AES-256-GCM). The first key wraps new data keys and seals new index values; all of them open
   * what they sealed. The last names the indexes: so put new keys first, and keep the last one where it is for as long
   * as indexes are read. As a list, or by id.
   */
  keys?: MasterKey[] | Record<string, Bytes | string>
  /** On by default; `false` stores as given. */
  compression?: boolean
}

/** Where a value stands. Bound to it by encryption, so that no value can be moved or swapped. */
export interface Place {
  partition: Partition
  key: Key
}

/**
 * serialised bytes -> compressed -> encrypted, and back. Pure of I/O: the data key, when there is one, is found by
 * `createStore` and passed in.
 */
export interface Codec {
  readonly encrypted: boolean
  readonly compressed: boolean
  encode(value: Bytes, place: Place, dataKey?: DataKey): Bytes
  decode(stored: Bytes, place: Place, dataKey?: DataKey): Bytes
}

/** A partition's data key: `id` names it in every value that it sealed. */
export interface DataKey {
  id: Bytes
  key: Bytes
}
