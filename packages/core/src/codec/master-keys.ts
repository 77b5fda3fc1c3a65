import type { CodecOptions } from '../contract/codec.ts'
import type { Bytes } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { KEY_BYTES } from './encrypt.ts'

export interface NamedKey {
  id: string
  key: Bytes
}

/** A key's id is stored with every data key that it wraps, behind one byte of length. */
const ID_BYTES = 255

/** Raises `CODEC_INVALID` for keys that cannot be used. Never names the key itself. */
export function parseMasterKeys(keys: NonNullable<CodecOptions['keys']>): NamedKey[] {
  if (typeof keys !== 'object' || keys === null) refuse('codec.keys must be a list of { id, key }, or keys by id.')
  const list = Array.isArray(keys) ? keys : Object.entries(keys).map(([id, key]) => ({ id, key }))
  if (list.length === 0) refuse('codec.keys must hold a key; leave it out to store without encryption.')
  const ids = new Set<string>()
  return list.map(({ id, key }) => {
    if (typeof id !== 'string' || id === '' || Buffer.byteLength(id) > ID_BYTES || !id.isWellFormed()) {
      refuse(`The id of a key in codec.keys must be a string of 1 to ${ID_BYTES} bytes.`)
    }
    if (ids.has(id)) refuse(`codec.keys names the key ${JSON.stringify(id)} twice.`)
    ids.add(id)
    return { id, key: parseKey(id, key) }
  })
}

function parseKey(id: string, key: Bytes | string): Bytes {
  const bytes = typeof key === 'string' ? parseText(key) : key
  if (bytes instanceof Uint8Array && bytes.length === KEY_BYTES) return Uint8Array.from(bytes)
  return refuse(`The key ${JSON.stringify(id)} in codec.keys must be ${KEY_BYTES} bytes, or the same in base64 or hex.`)
}

function parseText(text: string): Bytes | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  return /^[\w+/-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined
}

function refuse(message: string): never {
  throw new EverthreadError('CODEC_INVALID', message)
}
