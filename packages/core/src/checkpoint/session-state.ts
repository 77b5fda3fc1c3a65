import type { Commit } from '../contract/store.ts'
import type { SessionRow } from './session-row.ts'

/** Where a session is in its life. Computed when it is asked for: nothing has to run for it to be true. */
export type SessionState = 'active' | 'idle' | 'archived' | 'expired'

/** Without activity for so long, a session is idle unless it says otherwise: 30 minutes. */
export const IDLE_MS = 1_800_000
/** The store may forget a session so long after it was to be deleted: 1 day, in which a sweep can announce it. */
const GRACE_MS = 86_400_000

export function stateOf(row: SessionRow, now: number): SessionState {
  if (row.archivedAt !== undefined) return 'archived'
  if (row.endedAt !== undefined) return 'expired'
  if (now >= (expiresAtOf(row) ?? Number.POSITIVE_INFINITY)) return 'expired'
  return row.announced === 'idle' || now >= idleAtOf(row) ? 'idle' : 'active'
}

/** Whether it is active or idle. */
export function isLive(row: SessionRow, now: number): boolean {
  const state = stateOf(row, now)
  return state === 'active' || state === 'idle'
}

/** Store time in ms at which the session expires unless it is active before; undefined: not by itself. */
export function expiresAtOf(row: SessionRow): number | undefined {
  if (row.archivedAt !== undefined) return undefined
  if (row.endedAt !== undefined) return row.endedAt
  // Somebody is about to answer.
  if (!row.expiry || row.waiting !== undefined) return undefined
  const { expireMs, maxAgeMs } = row.expiry
  const ends = [
    ...(expireMs === undefined ? [] : [row.lastActiveAt + expireMs]),
    ...(maxAgeMs === undefined ? [] : [row.createdAt + maxAgeMs]),
  ]
  return ends.length === 0 ? undefined : Math.min(...ends)
}

/** Store time in ms from which the session may be deleted; undefined: never by itself. */
export function removeAtOf(row: SessionRow): number | undefined {
  const expiresAt = expiresAtOf(row)
  const keepMs = row.expiry?.keepMs
  return expiresAt === undefined || keepMs === undefined ? undefined : expiresAt + keepMs
}

const idleAtOf = (row: SessionRow): number => row.lastActiveAt + (row.expiry?.idleMs ?? IDLE_MS)

/** When a sweep should look at the session next: something will have happened to it that is to be announced. */
export function dueAt(row: SessionRow): number | undefined {
  if (!row.expiry || row.archivedAt !== undefined) return undefined
  if (row.announced === 'expired') return removeAtOf(row)
  const expiresAt = expiresAtOf(row)
  if (row.announced === 'idle' || row.endedAt !== undefined) return expiresAt
  return Math.min(idleAtOf(row), expiresAt ?? Number.POSITIVE_INFINITY)
}

/** What a commit of the row says to the store: long after the session is to be deleted, it may forget it. */
export function storeExpiry(row: SessionRow, now: number): NonNullable<Commit['expiry']> | null {
  const expiresAt = expiresAtOf(row)
  const removeAt = removeAtOf(row)
  if (expiresAt === undefined || removeAt === undefined) return null
  const expiresInMs = Math.max(1, Math.ceil(expiresAt - now))
  return { expiresInMs, removeInMs: Math.max(expiresInMs, Math.ceil(removeAt - now) + GRACE_MS) }
}
