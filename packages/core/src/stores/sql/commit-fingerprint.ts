import { hash } from 'node:crypto'
import { LIMITS } from '../../contract/limits.ts'
import type { Bytes } from '../../contract/store.ts'

/**
 * A remembered commit takes this many bytes. Each commit raises its partition's revision by one, so a fingerprint's
 * place in the list tells the revision; 96 bits make a mix-up of two among 64 impossible in practice.
 */
const FINGERPRINT_BYTES = 12

export function fingerprint(of: string | Bytes): Bytes {
  return hash('sha256', of, 'buffer').subarray(0, FINGERPRINT_BYTES)
}

/** How many commits ago this one was made, 0 being the newest; undefined when it is not remembered. */
export function findCommit(recent: Bytes, print: Bytes): number | undefined {
  const list = Buffer.from(recent.buffer, recent.byteOffset, recent.length)
  for (let at = list.indexOf(print); at >= 0; at = list.indexOf(print, at + 1)) {
    if (at % FINGERPRINT_BYTES === 0) return at / FINGERPRINT_BYTES
  }
  return undefined
}

/** The list with one more commit in front, and the oldest forgotten. */
export function rememberCommit(recent: Bytes, print: Bytes): Bytes {
  return Buffer.concat([print, recent.subarray(0, (LIMITS.rememberedCommits - 1) * FINGERPRINT_BYTES)])
}
