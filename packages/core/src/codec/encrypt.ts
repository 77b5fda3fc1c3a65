import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Bytes } from '../contract/store.ts'

export const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** What sealing adds to a text. */
export const SEAL_BYTES: number = NONCE_BYTES + TAG_BYTES

/** AES-256-GCM: a random nonce, the ciphertext, the tag. `bound` must be the same to open it. */
export function seal(plain: Bytes, key: Bytes, bound: Bytes): Bytes {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(bound)
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Undefined when the key or `bound` is another one, or a bit has changed. */
export function open(sealed: Bytes, key: Bytes, bound: Bytes): Bytes | undefined {
  if (sealed.length < SEAL_BYTES) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(bound).setAuthTag(sealed.subarray(-TAG_BYTES))
  const plain = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES))
  try {
    decipher.final()
  } catch {
    return undefined
  }
  return plain
}

/** Each part behind its length, so that no two lists of parts read the same. */
export function bind(...parts: (string | Bytes)[]): Bytes {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = typeof part === 'string' ? Buffer.from(part) : part
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return [length, bytes]
    }),
  )
}
