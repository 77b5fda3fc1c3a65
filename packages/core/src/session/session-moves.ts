import type { SessionRow } from '../checkpoint/session-row.ts'
import { type SessionState, stateOf } from '../checkpoint/session-state.ts'

/** The row of a session that is brought into a state; undefined when it is there already. */
export function movedTo(to: SessionState, row: SessionRow, now: number): SessionRow | undefined {
  if (stateOf(row, now) === to) return undefined
  const { archivedAt: _, endedAt: __, announced: ___, ...free } = row
  const at = Math.floor(now)
  switch (to) {
    case 'active':
      return { ...free, lastActiveAt: Math.max(row.lastActiveAt, at) }
    case 'idle':
      // One that has expired would be so at once again.
      return { ...free, announced: 'idle', lastActiveAt: Math.max(row.lastActiveAt, at) }
    case 'archived':
      return { ...free, archivedAt: at }
    case 'expired':
      return { ...free, endedAt: at, announced: 'expired' }
  }
}
