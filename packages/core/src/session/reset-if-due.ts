import type { SessionRow } from '../checkpoint/session-row.ts'
import { type DueReset, dueReset } from '../reset/due-reset.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { LEASE_KEY } from '../turn/rows.ts'
import { planReset } from './session-reset.ts'
import type { SessionRules } from './session-rules.ts'
import type { ViewChanges } from './view-changes.ts'

/**
 * Begins the session anew if its policy says so, judged by what this process knows, and then by what the store says:
 * whoever was there meanwhile has put it off. Not while a turn is under way, unless it is the caller's own. Gives what
 * was due.
 */
export async function resetIfDue(
  desk: TurnDesk,
  changes: ViewChanges,
  { known, policy, inTurn }: { known: SessionRow | undefined; policy: SessionRules['reset']; inTurn: boolean },
): Promise<DueReset | undefined> {
  if (!known || !dueOf(policy, known, desk.engine.now())) return undefined
  return changes.change(async (state) => {
    const due = dueOf(policy, state.session, desk.engine.now())
    const isIdle = due && state.session.counts.messages > 0 && (inTurn || !(await isHeld(desk)))
    return { planned: isIdle ? planReset(desk, state, 'soft') : undefined, result: isIdle ? due : undefined }
  })
}

function dueOf(policy: SessionRules['reset'], row: SessionRow, now: number): DueReset | undefined {
  const { lastActiveAt, kind, channel, scoped } = row
  // What a framework made is never reset by a policy of the manager.
  if (!row.managed) return undefined
  return dueReset(policy, { lastActiveAt, now, kind, channel, scoped: scoped === true })
}

async function isHeld({ store, partition }: TurnDesk): Promise<boolean> {
  const { rows } = await store.read(partition, [{ get: [LEASE_KEY] }])
  return rows[0]?.length === 1
}
