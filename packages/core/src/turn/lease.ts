import type { Key, Op, Row } from '../contract/store.ts'
import { decodeRow, encodeRow, LEASE_KEY } from './rows.ts'

/** Who holds a session: a turn, or a lock. */
export interface Lease {
  /** The turn's id, or the lock's token. */
  id: string
  /** Tells this hold from every other one, also of a turn that is tried again under its id. */
  hold: string
  kind: 'turn' | 'lock'
  /** The user, or what the service calls itself. */
  holder: string
  /** Store time, ms since the epoch. */
  since: number
}

/** How much of a lease is left for whoever waits to wake, to ask and to begin. */
const WAKING_SHARE = 0.2
const MOST_WAKING_MS = 1_000

/**
 * How long the row of a lease lives, ms, so that the next turn begins within the lease after its holder has died: a
 * fifth less, at most a second less.
 */
export const rowMs = (leaseMs: number): number => leaseMs - Math.min(Math.ceil(leaseMs * WAKING_SHARE), MOST_WAKING_MS)

/** A part of a commit. */
export interface Renewal {
  fence: { key: Key; rev: number }
  ops: Op[]
}

export const leaseOf = (row: Pick<Row, 'value'>): Lease => decodeRow(row) as Lease

export const takeLease = (lease: Lease, ttlMs: number): Op => ({ put: LEASE_KEY, value: encodeRow(lease), ttlMs })

/** Moves the end of the lease. Its revision changes, and with it the fence. */
export const renewLease = (rev: number, ttlMs: number): Renewal => ({
  fence: { key: LEASE_KEY, rev },
  ops: [{ touch: LEASE_KEY, ttlMs }],
})

export const giveLeaseBack: Op = { del: LEASE_KEY }
