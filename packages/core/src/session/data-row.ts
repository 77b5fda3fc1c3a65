import type { Row } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { dataKey, decodeText } from './rows.ts'

const KEY_BYTES = 512

/** What stands at a key; revision 0: nothing. */
export interface Known {
  rev: number
  text: string | undefined
}

export function knownOf(rows: readonly Row[], key: string): Known {
  const row = rows.find((one) => one.key === key)
  return row ? { rev: row.rev, text: decodeText(row) } : { rev: 0, text: undefined }
}

/** @throws `DATA_KEY_INVALID` */
export function checkKey(key: unknown): string {
  if (typeof key === 'string' && key !== '' && key.isWellFormed() && Buffer.byteLength(dataKey('', key)) <= KEY_BYTES)
    return key
  throw new EverthreadError(
    'DATA_KEY_INVALID',
    `Give the key as well-formed text that is not empty, of at most ${KEY_BYTES} bytes`,
  )
}

export function objectOf(entries: readonly [string, unknown][]): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
  }
  return object
}
