import { randomUUID } from 'node:crypto'
import type { Partition, Row, Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import {
  decodePointer,
  decodeShare,
  encodeShare,
  hashOf,
  POINTER_KEY,
  pointerPartition,
  type ShareRow,
  shareKey,
} from './share-row.ts'

/** A link that was opened, and counted. */
export interface OpenedShare {
  hash: string
  session: string
  row: ShareRow
}

/** Conflicts in a row before an opening is given up: each means that another one was counted. */
const TRIES = 1_000

/** Undefined for what is no token, and for a link that is over, revoked, or of a session that is gone, all alike. */
export async function openShare(store: Store, tenant: string, token: unknown): Promise<OpenedShare | undefined> {
  const hash = hashOf(token)
  if (hash === undefined) return undefined
  const { rows } = await store.read(pointerPartition(tenant, hash), [{ get: [POINTER_KEY] }])
  const pointer = rows[0]?.[0]
  if (!pointer) return undefined
  const session = decodePointer(pointer)
  const row = await count(store, { tenant, id: session }, hash)
  return row && { hash, session, row }
}

async function count(store: Store, partition: Partition, hash: string): Promise<ShareRow | undefined> {
  const key = shareKey(hash)
  const { rows, now } = await store.read(partition, [{ get: [key] }])
  let found: Row | undefined = rows[0]?.[0]
  let at = now
  for (let tries = 0; tries < TRIES && found; tries++) {
    const before = decodeShare(found)
    const row: ShareRow = { ...before, opened: before.opened + 1, openedAt: Math.floor(at) }
    const ttl = found.until === undefined ? {} : { ttlMs: Math.max(1, found.until - at) }
    const expect = [{ key, rev: found.rev }]
    const put = { put: key, value: encodeShare(row), ...ttl }
    const outcome = await store.commit(partition, { id: randomUUID(), expect, ops: [put] })
    if (outcome.ok) return row
    found = outcome.rows.find((current) => current.key === key)
    at = outcome.now
  }
  if (!found) return undefined
  throw new EverthreadError('CONFLICT', 'The link was opened all the time: try again', { committed: 'no' })
}
