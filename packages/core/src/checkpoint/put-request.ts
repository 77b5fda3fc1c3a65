import type { Op } from '../contract/store.ts'
import type { Appended } from './appended.ts'
import type { ExpectedRow } from './expected-rows.ts'
import type { Fence } from './fence.ts'
import type { Run } from './runs.ts'
import type { Owner } from './session-change.ts'
import type { Standing } from './standing.ts'

export interface PutCheckpoint {
  namespace: string
  id: string
  parentId: string | undefined
  /** The adapter's own part of the checkpoint, for `ValueFormat.stringify`. */
  header: unknown
  /** The channels that changed, with their values. */
  changed: ReadonlyMap<string, unknown>
  /** Channels that changed and hold nothing now. */
  emptied: ReadonlySet<string>
  /** Whether the parent's value of a channel that did not change is this checkpoint's, too. */
  carries(channel: string): boolean
  /** Whether there may be such channels: then the parent has to be there. */
  needsParent: boolean
  userId: string | undefined
  metadata: Record<string, unknown> | undefined
  fence: Fence | undefined
  /** Rows beside the checkpoint's, in the same commit. */
  ops?: readonly Op[]
  /** Refuse with `SESSION_NOT_FOUND` when it is another session by now. */
  owner?: Owner | undefined
  /** Whether the session waits for an answer or an approval from now on: until it comes, it does not expire. */
  waits?: boolean
  /** How many messages the history channel holds, of one that does not hold them itself; undefined: it is not known. */
  messages?: number | undefined
  /** Messages from behind the parent that its values hold now. */
  handed?: HandedOver | undefined
  /** It is made of this checkpoint, beside it, rather than after its parent. */
  copyOf?: string
  /**
   * Where it leaves the tip: `afresh` makes it the tip, with nothing behind; `aside` leaves the tip where it is. By
   * default it goes on from its parent.
   */
  stands?: 'afresh' | 'aside'
  /**
   * What is behind it, of one that stands afresh, with the number of messages in the history then, and messages that
   * come there now. Default: nothing.
   */
  behind?: { appended: Appended; messages: number; added?: readonly unknown[] }
  /** Channels that hold entries which are stored already. */
  byReference?: ReadonlyMap<string, readonly Run[]>
  /** Messages to stand behind it, after others, in the rows that this says; only of one that stands aside. */
  beside?: { messages: readonly unknown[]; after: Appended; rows(appended: Appended): Op[] }
  /** There are other branches from then on, which runs may go on with. */
  branched?: true
  /** What the tip is the tip of from then on. Default: what it was. */
  standing?: Standing
  /** Rows that must be what they are; else it fails with a `RowsMoved`. */
  expect?: readonly ExpectedRow[]
  /** Refuse with `CONFLICT` unless the parent is the tip of the namespace. Default false: the put forks. */
  onTip?: boolean
}

/** Messages that stood behind a checkpoint when a run went on from it: it takes them in before anything else. */
export interface HandedOver {
  /** Under which they are recorded as pending writes of that checkpoint. */
  task: string
  appended: Appended
}
