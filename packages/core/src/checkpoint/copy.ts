import type { Partition, Store } from '../contract/store.ts'
import type { Desk } from './desk.ts'
import { dumpSession, SessionChanged } from './dump.ts'
import { changeOf } from './session-change.ts'
import { newGeneration, type SessionRow } from './session-row.ts'
import { Stage } from './stage.ts'

const TRIES = 20

/** What the row of a copy says; by default it begins when it is made. */
export type CopyRow = (original: SessionRow, now: number) => Partial<SessionRow>

/**
 * Copies a session with all of its checkpoints; the last commit makes the copy visible.
 *
 * @throws `SESSION_NOT_FOUND`, `SESSION_EXISTS`, `CONFLICT`
 */
export async function copySession(store: Store, from: Desk, to: Partition, as: CopyRow = begunNow): Promise<void> {
  for (let tries = 1; ; tries++) {
    const { row: original, rows, now } = await dumpSession(from)
    const stage = await Stage.begin(store, to)
    try {
      for await (const row of rows) await stage.add(row)
      const row: SessionRow = { ...original, generation: newGeneration(), ...as(original, now) }
      return await stage.finish(changeOf(to.id, undefined, row, now))
    } catch (error) {
      if (!(error instanceof SessionChanged) || tries >= TRIES) throw error
    }
  }
}

const begunNow: CopyRow = (_, now) => ({ createdAt: now, lastActiveAt: now })
