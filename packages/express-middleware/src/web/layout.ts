import { createHash } from 'node:crypto'
import { joinKey, type Key, lastSegment, nameInKind, type Partition, partitionOfKind } from '@everthread/core'
import { LRUCache } from 'lru-cache'

const KIND = 'web'

/** The row about the session itself. There as long as the session lives: what writes to it expects this row. */
export const META: Key = 'meta'
/** One row for each key of the session's data. */
export const DATA: Key = 'd/'
/** Every web session of the tenant. */
export const ALL_SESSIONS = 'web'

export const dataKey = (name: string): Key => joinKey('d', name)
export const nameOf = (key: Key): string => lastSegment(key)

/** The web sessions that a user is logged in with. */
export const sessionsOf = (userId: string): string => joinKey('web-user', userId)

/** Hashes are asked for several times a request. */
const hashes = new LRUCache<string, string>({ max: 4_096 })
const LONGEST_ID = 256

/** What names a session where its id must not be seen: in the store, and in lists of a user's sessions. */
export function hashOf(id: string): string {
  const known = hashes.get(id)
  if (known !== undefined) return known
  const hash = createHash('sha256').update(id).digest('base64url')
  if (id.length <= LONGEST_ID) hashes.set(id, hash)
  return hash
}

export function partitionOf(tenant: string, hash: string): Partition {
  return partitionOfKind(KIND, tenant, hash)
}

export function hashIn(partition: Partition): string {
  return nameInKind(KIND, partition)
}
