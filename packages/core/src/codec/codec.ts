import { crc32 } from 'node:zlib'
import type { Codec, CodecOptions } from '../contract/codec.ts'
import type { Bytes } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'

const FORMAT = 1

export function createCodec(options: CodecOptions = {}): Codec {
  return { encrypted: false, compressed: options.compression !== false, encode, decode }
}

function encode(value: Bytes): Bytes {
  const stored = Buffer.allocUnsafe(value.length + 5)
  stored[0] = FORMAT
  stored.set(value, 1)
  stored.writeUInt32LE(crc32(stored.subarray(0, -4)), stored.length - 4)
  return stored
}

function decode(stored: Bytes): Bytes {
  if (stored.length > 0 && stored[0] !== FORMAT) {
    throw new EverthreadError('FORMAT_NEWER', 'A stored value is of a newer format: update Everthread to read it.')
  }
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
  if (bytes.length < 5 || bytes.readUInt32LE(bytes.length - 4) !== crc32(bytes.subarray(0, -4))) {
    throw new EverthreadError('VALUE_CORRUPT', 'A stored value is cut or changed: restore it from a backup.')
  }
  return stored.subarray(1, -4)
}
