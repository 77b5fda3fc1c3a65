import { randomUUID } from 'node:crypto'
import type { CheckpointEngine } from '../checkpoint/engine.ts'
import type { Owner } from '../checkpoint/session-change.ts'
import type { Commit, Outcome, Partition, Store } from '../contract/store.ts'
import type { DataLog } from '../session/data-log.ts'
import type { SessionContent } from '../session/session-content.ts'
import type { TurnGate } from './gate.ts'
import type { WaitingRoom } from './waiting-room.ts'

/** What turns and locks of one session work with, in one process. */
export interface TurnDesk {
  readonly store: Store
  readonly partition: Partition
  readonly engine: CheckpointEngine
  /** How long the row of a lease lives without renewal, ms. */
  readonly leaseMs: number
  newId(): string
  readonly room: WaitingRoom
  /** What lets turns run; undefined: nothing but the lease. */
  readonly gate: TurnGate | undefined
  /** When this is about a session that was looked at: another one in its place is neither read nor written. */
  readonly owner: Owner | undefined
  /** What stands at the tip, for all of this process. */
  readonly content: SessionContent
  /** The session's data, for all of this process. */
  readonly data: DataLog
}

export function commitTo(desk: Pick<TurnDesk, 'store' | 'partition'>, commit: Omit<Commit, 'id'>): Promise<Outcome> {
  return desk.store.commit(desk.partition, { id: randomUUID(), ...commit })
}
