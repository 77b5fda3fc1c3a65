import { crc32 } from 'node:zlib'
import type { Codec, CodecOptions, DataKey, Place } from '../contract/codec.ts'
import type { Bytes } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { type Compressed, compress, decompress, STORED } from './compress.ts'
import { bind, open, SEAL_BYTES, seal } from './encrypt.ts'

/**
 * The stored form of a value. One byte of header: the format's version (3 bits), whether it is encrypted (1 bit), the
 * compression (4 bits). Then, plain: the payload and the CRC-32 of all before it. Encrypted: the id of the data
 * key, the nonce, the ciphertext of the payload, the tag.
 */
const VERSION = 1
const ENCRYPTED = 0x10
const CRC_BYTES = 4
/** Bytes of a data key's id. It names the key, it does not prove it. */
export const KEY_ID_BYTES = 4

export function createCodec(options: CodecOptions = {}): Codec {
  if (options.compression !== undefined && typeof options.compression !== 'boolean') {
    throw new EverthreadError('CODEC_INVALID', 'codec.compression must be true, false or left out.')
  }
  return new ValueCodec(options.keys !== undefined, options.compression !== false)
}

/** The id of the data key that sealed a stored value; undefined when none did. */
export function keyIdOf(stored: Bytes): Bytes | undefined {
  return isEncrypted(stored) ? stored.subarray(1, 1 + KEY_ID_BYTES) : undefined
}

class ValueCodec implements Codec {
  readonly encrypted: boolean
  readonly compressed: boolean

  constructor(encrypted: boolean, compressed: boolean) {
    this.encrypted = encrypted
    this.compressed = compressed
  }

  encode(value: Bytes, place: Place, dataKey?: DataKey): Bytes {
    const compressed = this.compressed ? compress(value) : { algorithm: STORED, payload: value }
    if (!this.encrypted) return encodePlain(compressed)
    if (!dataKey) throw new EverthreadError('KEY_MISSING', 'Encoding needs the data key of the partition.')
    return encodeSealed(compressed, place, dataKey)
  }

  decode(stored: Bytes, place: Place, dataKey?: DataKey): Bytes {
    const version = (stored[0] ?? 0) >> 5
    if (version > VERSION) throw newer(place)
    if (version < VERSION) throw corrupt(place)
    if (!isEncrypted(stored)) {
      if (this.encrypted) throw notEncrypted(place)
      return expand(decodePlain(stored, place), place)
    }
    if (!this.encrypted) throw keyMissing(place)
    return expand(decodeSealed(stored, place, dataKey), place)
  }
}

function encodePlain({ algorithm, payload }: Compressed): Bytes {
  const stored = Buffer.allocUnsafe(1 + payload.length + CRC_BYTES)
  stored[0] = (VERSION << 5) | algorithm
  stored.set(payload, 1)
  stored.writeUInt32BE(crc32(stored.subarray(0, -CRC_BYTES)), 1 + payload.length)
  return stored
}

function decodePlain(stored: Bytes, place: Place): Compressed {
  const end = stored.length - CRC_BYTES
  if (end < 1 || crc32(stored.subarray(0, end)) !== new DataView(stored.buffer, stored.byteOffset).getUint32(end)) {
    throw corrupt(place)
  }
  return { algorithm: algorithmOf(stored), payload: stored.subarray(1, end) }
}

function encodeSealed({ algorithm, payload }: Compressed, place: Place, { id, key }: DataKey): Bytes {
  const header = Uint8Array.of((VERSION << 5) | ENCRYPTED | algorithm)
  return Buffer.concat([header, id, seal(payload, key, bound(header, id, place))])
}

function decodeSealed(stored: Bytes, place: Place, dataKey: DataKey | undefined): Compressed {
  const id = stored.subarray(1, 1 + KEY_ID_BYTES)
  if (stored.length < 1 + KEY_ID_BYTES + SEAL_BYTES) throw corrupt(place)
  if (!dataKey || Buffer.compare(id, dataKey.id) !== 0) throw decryptFailed(place)
  const payload = open(stored.subarray(1 + KEY_ID_BYTES), dataKey.key, bound(stored.subarray(0, 1), id, place))
  if (!payload) throw decryptFailed(place)
  return { algorithm: algorithmOf(stored), payload }
}

function expand(compressed: Compressed, place: Place): Bytes {
  let value: Bytes | undefined
  try {
    value = decompress(compressed)
  } catch (cause) {
    throw corrupt(place, cause)
  }
  if (!value) throw newer(place)
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}

function isEncrypted(stored: Bytes): boolean {
  return ((stored[0] ?? 0) & ENCRYPTED) !== 0
}

function algorithmOf(stored: Bytes): number {
  return (stored[0] ?? 0) & 0x0f
}

function bound(header: Bytes, keyId: Bytes, { partition, key }: Place): Bytes {
  return bind('everthread value', header, keyId, partition.tenant, partition.id, key)
}

function corrupt(place: Place, cause?: unknown): EverthreadError {
  return new EverthreadError('VALUE_CORRUPT', `${at(place)} is cut short or changed: restore it from a backup.`, {
    cause,
  })
}

function newer(place: Place): EverthreadError {
  return new EverthreadError('FORMAT_NEWER', `${at(place)} has a newer format: update Everthread to read it.`)
}

function notEncrypted(place: Place): EverthreadError {
  return new EverthreadError(
    'VALUE_NOT_ENCRYPTED',
    `${at(place)} is not encrypted: open it without codec.keys, or remove what was not written by this store.`,
  )
}

function keyMissing(place: Place): EverthreadError {
  return new EverthreadError('KEY_MISSING', `${at(place)} is encrypted: open the store with codec.keys.`)
}

function decryptFailed(place: Place): EverthreadError {
  return new EverthreadError(
    'DECRYPT_FAILED',
    `${at(place)} cannot be decrypted: it was changed or moved, or its key was. Restore it from a backup.`,
  )
}

function at({ partition, key }: Place): string {
  return `The value at ${JSON.stringify(key)} of ${JSON.stringify(partition.id)}`
}
