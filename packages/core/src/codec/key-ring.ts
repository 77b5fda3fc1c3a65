import { createHmac, hkdfSync, randomBytes } from 'node:crypto'
import type { CodecOptions, DataKey } from '../contract/codec.ts'
import type { Bytes, Partition } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { KEY_ID_BYTES } from './codec.ts'
import { bind, KEY_BYTES, open, SEAL_BYTES, seal } from './encrypt.ts'
import { type NamedKey, parseMasterKeys } from './master-keys.ts'

/**
 * A wrapped data key as stored: the format's version, the master key's id behind its length, the data key's id,
 * and the sealed key.
 */
const VERSION = 1
const INDEX_NAME_BYTES = 16

/** What the master keys are for: wrapping data keys, naming indexes and sealing their values. */
export class KeyRing {
  readonly #masters: Map<string, NamedKey>
  readonly #wrapping: NamedKey
  readonly #namingKey: Bytes
  /** One for each master key; the first seals. */
  readonly #indexKeys: DataKey[]

  constructor(keys: NonNullable<CodecOptions['keys']>) {
    const masters = parseMasterKeys(keys)
    this.#masters = new Map(masters.map((master) => [master.id, master]))
    this.#wrapping = masters[0] as NamedKey
    this.#namingKey = derive(masters.at(-1) as NamedKey, 'everthread index name')
    this.#indexKeys = masters.map((master) => ({
      id: derive(master, 'everthread index key id').subarray(0, KEY_ID_BYTES),
      key: derive(master, 'everthread index value'),
    }))
  }

  /** What seals new index values: they are read across partitions, so no partition's data key can. */
  get indexKey(): DataKey {
    return this.#indexKeys[0] as DataKey
  }

  /** The key that sealed an index value. */
  findIndexKey(id: Bytes | undefined): DataKey | undefined {
    return id && this.#indexKeys.find((key) => Buffer.compare(key.id, id) === 0)
  }

  /**
   * The name under which an index is stored, so that user ids do not stand in the database. That it is of a part of
   * the tenant stays visible: stores may spread the indexes that span a tenant.
   */
  indexName(tenant: string, index: string): string {
    const mac = createHmac('sha256', this.#namingKey).update(bind(tenant, index)).digest()
    const name = mac.subarray(0, INDEX_NAME_BYTES).toString('base64url')
    return index.includes('/') ? `of/${name}` : name
  }

  createDataKey(): DataKey {
    return { id: randomBytes(KEY_ID_BYTES), key: randomBytes(KEY_BYTES) }
  }

  wrap(dataKey: DataKey, partition: Partition): Bytes {
    const { id, key } = this.#wrapping
    const name = Buffer.from(id)
    const sealed = seal(dataKey.key, key, bound(partition, id, dataKey.id))
    return Buffer.concat([Uint8Array.of(VERSION, name.length), name, dataKey.id, sealed])
  }

  unwrap(stored: Bytes, partition: Partition): DataKey {
    const [version = 0, nameBytes = 0] = stored
    const idAt = 2 + nameBytes
    const sealedAt = idAt + KEY_ID_BYTES
    if (version > VERSION) {
      throw new EverthreadError('FORMAT_NEWER', `${of(partition)} has a newer format: update Everthread to read it.`)
    }
    if (version < VERSION || stored.length !== sealedAt + KEY_BYTES + SEAL_BYTES)
      throw damaged('VALUE_CORRUPT', partition)
    const masterId = Buffer.from(stored.subarray(2, idAt)).toString()
    const master = this.#masters.get(masterId)
    if (!master) {
      const message = `${of(partition)} is wrapped by the key ${JSON.stringify(masterId)}: add that key to codec.keys.`
      throw new EverthreadError('KEY_MISSING', message)
    }
    const id = Uint8Array.from(stored.subarray(idAt, sealedAt))
    const key = open(stored.subarray(sealedAt), master.key, bound(partition, masterId, id))
    if (!key) throw damaged('DECRYPT_FAILED', partition)
    return { id, key }
  }
}

function derive(master: NamedKey, purpose: string): Bytes {
  return new Uint8Array(hkdfSync('sha256', master.key, '', purpose, KEY_BYTES))
}

function bound({ tenant, id }: Partition, masterId: string, keyId: Bytes): Bytes {
  return bind('everthread data key', Uint8Array.of(VERSION), tenant, id, masterId, keyId)
}

function damaged(code: string, partition: Partition): EverthreadError {
  const message = `${of(partition)} cannot be unwrapped: the master key of that name is another one, or the row was changed.`
  return new EverthreadError(code, message)
}

function of(partition: Partition): string {
  return `The data key of ${JSON.stringify(partition.id)}`
}
