import { LRUCache } from 'lru-cache'
import type { DataKey } from '../contract/codec.ts'
import type { Partition } from '../contract/store.ts'

/** A partition's data key, and the revision of the row that holds it. */
export interface KnownKey {
  dataKey: DataKey
  rev: number
}

const KNOWN_PARTITIONS = 10_000

/** The data keys that this process has unwrapped lately. */
export class KnownKeys {
  readonly #keys = new LRUCache<string, KnownKey>({ max: KNOWN_PARTITIONS })

  get(partition: Partition): KnownKey | undefined {
    return this.#keys.get(nameOf(partition))
  }

  /** A reply that was overtaken by a newer one does not replace what that one told. */
  learn(partition: Partition, known: KnownKey): void {
    const name = nameOf(partition)
    if (known.rev > (this.#keys.peek(name)?.rev ?? 0)) this.#keys.set(name, known)
  }

  forget(partition: Partition): void {
    this.#keys.delete(nameOf(partition))
  }
}

/** Names hold no control characters, so a NUL between them is unambiguous. */
function nameOf({ tenant, id }: Partition): string {
  return `${tenant}\0${id}`
}
