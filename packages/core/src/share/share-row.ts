import { createHash, randomBytes } from 'node:crypto'
import { joinKey } from '../contract/key.ts'
import { partitionOfKind } from '../contract/partition.ts'
import type { Key, Partition, Row } from '../contract/store.ts'
import type { StoredPattern } from './redact.ts'

/**
 * A link stands in its session's partition, so that it goes with it, under the hash of its token:
 *
 * | partition | key | value |
 * |---|---|---|
 * | the session's | `h/<hash>` | what the link shows, until when, and how often it was opened |
 * | one of its own, named by the hash | `h` | which session it is of |
 */
export const SHARES_PREFIX: Key = 'h/'
export const shareKey = (hash: string): Key => joinKey('h', hash)
export const POINTER_KEY: Key = 'h'
export const pointerPartition = (tenant: string, hash: string): Partition => partitionOfKind('share', tenant, hash)

/** Up to and including which message, by id; its time stands in for it when it is removed. */
export interface SharedUpTo {
  id: string
  at: number
}

export interface ShareRow {
  /** Store time, ms since the epoch. */
  createdAt: number
  expiresAt?: number
  /** The id of the branch that is shown. */
  branch: string
  /** Absent: also what is said later. `null`: nothing had been said. */
  upTo?: SharedUpTo | null
  redact: StoredPattern[]
  opened: number
  openedAt?: number
}

/** 256 bits of the system's generator. */
export const newToken = (): string => randomBytes(32).toString('base64url')
const TOKEN = /^[\w-]{43}$/

/** Tokens are random enough for a plain hash. Undefined for what is no token. */
export const hashOf = (token: unknown): string | undefined =>
  typeof token === 'string' && TOKEN.test(token) ? createHash('sha256').update(token).digest('base64url') : undefined

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const encodeShare = (row: ShareRow | { session: string }): Uint8Array => encoder.encode(JSON.stringify(row))
export const decodeShare = (row: Pick<Row, 'value'>): ShareRow => JSON.parse(decoder.decode(row.value)) as ShareRow
export const decodePointer = (row: Pick<Row, 'value'>): string =>
  (JSON.parse(decoder.decode(row.value)) as { session: string }).session
