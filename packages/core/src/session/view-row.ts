import { FIRST_STANDING } from '../checkpoint/standing.ts'
import { joinKey } from '../contract/key.ts'
import type { Key, Row } from '../contract/store.ts'
import { decodeText, encodeText } from './rows.ts'

/** What is seen of a session. */
export interface ViewRow {
  /** The id of the current branch. */
  branch: string
  /** A hard reset begins another generation of the data; the values of the one before stay, for undo. */
  data: string
  /** How many changes of the view there have been. */
  changes: number
  /** The checkpoint that was restored last, and the newest one at that time. */
  saved?: { id: string; latest: string }
}

const FIRST: ViewRow = { ...FIRST_STANDING, changes: 0 }

export function viewOf(row: Pick<Row, 'value'> | undefined): ViewRow {
  if (!row) return FIRST
  const { b, d, n, s } = JSON.parse(decodeText(row)) as { b: string; d: string; n: number; s?: [string, string] }
  return { branch: b, data: d, changes: n, ...(s ? { saved: { id: s[0], latest: s[1] } } : {}) }
}

export const encodeView = ({ branch, data, changes, saved }: ViewRow): Uint8Array =>
  encodeText(JSON.stringify({ b: branch, d: data, n: changes, ...(saved ? { s: [saved.id, saved.latest] } : {}) }))

export const generationOf = (row: Pick<Row, 'value'> | undefined): string => viewOf(row).data

/** What the view was before a change of it. Entries are only ever added: an undo is one, too. */
export interface ViewChange {
  /** `switch`, `reset`, `restore`, `undo`, and what others register: a compaction, a plan. */
  kind: string
  /** Store time, ms since the epoch. */
  at: number
  /** The current branch, and the generation of the data, before. */
  branch: string
  data: string
  /** Rows as they were before, to be put back; null: absent. */
  rows: [Key, string | null][]
  /** A branch that the change made, and the checkpoint that it began with: an undo removes it, if it still stands there. */
  made?: { branch: string; checkpoint: string }
  /** Of an undo: the number of the entry that it took back. */
  of?: number
}

export const changePrefix: Key = 'v/'
export const changeKey = (number: number): Key => joinKey('v', String(number).padStart(9, '0'))
export const encodeChange = (change: ViewChange): Uint8Array => encodeText(JSON.stringify(change))
export const changeIn = (row: Pick<Row, 'value'>): ViewChange => JSON.parse(decodeText(row)) as ViewChange
