import type { PackedAppended } from '../checkpoint/appended.ts'
import type { Standing } from '../checkpoint/standing.ts'
import type { Op, Row } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { leaseOf } from './lease.ts'
import type { PriorityClass } from './on-busy.ts'
import { decodeRow, encodeRow, KEPT_MS, LEASE_KEY, RUNNING_KEY, turnKey } from './rows.ts'

export type TurnState = 'running' | 'complete' | 'interrupted'

/** How a turn came to run, where a scheduler lets turns in. */
export interface Scheduled {
  priority: PriorityClass
  /** From the call until it was let in, ms. */
  waitedMs: number
  /** As it was estimated; 1 is an ordinary turn. */
  complexity: number
  /** What was reserved for it. */
  cost?: { tokens: number; money: number }
  /** A budget was over, and it runs with less. */
  degraded?: true
}

/** What is known of a turn. `state` is `complete` only once its last commit has landed. */
export interface TurnRecord extends PackedAppended {
  id: string
  state: TurnState
  /** The user, or what the service calls itself. */
  who: string
  /** Store time, ms since the epoch. */
  startedAt: number
  endedAt?: number
  /** Commits of its own that have landed. */
  steps: number
  /** The checkpoint that it started from, with what was behind it in `a` and `n`; null when there was none. */
  startedFrom: string | null
  /** The branch that it began on, and the generation of its data; undefined: the first ones. */
  standing?: Standing
  /** How many pieces it has sent to those who follow it; of turns that are over, if it sent any. */
  streamed?: number
  /** What the turn gave, as the serialiser's text; of turns that were called by a commit id. */
  result?: string
  scheduled?: Scheduled
  /** What it says that it has spent. */
  spent?: { tokens: number; money: number }
}

export const recordOf = (row: Pick<Row, 'value'>): TurnRecord => decodeRow(row) as TurnRecord

export const putRunning = (record: TurnRecord): Op => ({ put: RUNNING_KEY, value: encodeRow(record) })

export const putEnded = (record: TurnRecord): Op => ({
  put: turnKey(record.id),
  value: encodeRow(record),
  ttlMs: KEPT_MS,
})

/** @throws `ID_INVALID` */
export function checkTurnId(id: unknown): void {
  // No key is longer than 1 KiB, and what is escaped in it takes up to three times its place.
  if (typeof id === 'string' && id !== '' && id.isWellFormed() && Buffer.byteLength(id) <= 300) return
  throw new EverthreadError('ID_INVALID', 'Give the id of a turn, as the turn tells it')
}

/** The rows that {@link readRecord} wants, for one turn or for the one under way. */
export const recordKeys = (id: string): string[] => [turnKey(id), RUNNING_KEY, LEASE_KEY]

/** What the rows say of a turn. One that says it is running and has no live lease has been interrupted. */
export function readRecord(id: string, rows: readonly Row[]): TurnRecord | undefined {
  const find = (key: string): Row | undefined => rows.find((row) => row.key === key)
  const running = find(RUNNING_KEY)
  const record = running && recordOf(running)
  if (record?.id !== id) {
    const ended = find(turnKey(id))
    return ended && recordOf(ended)
  }
  const lease = find(LEASE_KEY)
  return lease && leaseOf(lease).id === id ? record : { ...record, state: 'interrupted' }
}
