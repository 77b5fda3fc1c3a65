import type { Key } from '../contract/store.ts'
import type { Draft } from './draft.ts'

/** A row as its reader saw it; revision 0: absent. */
export interface ExpectedRow {
  key: Key
  rev: number
}

/** Rows that a change depends on are not what they were: read them again. */
export class RowsMoved extends Error {}

/** Lets the commit pass only while the rows are what their reader saw. */
export function expectRows(draft: Draft, rows: readonly ExpectedRow[] = []): void {
  if (rows.length === 0) return
  // A refused commit says that something has moved, not what.
  if (draft.conflicts > 0 || rows.some(({ key }) => draft.changes(key))) throw new RowsMoved()
  for (const { key, rev } of rows) draft.expect(key, rev)
}
