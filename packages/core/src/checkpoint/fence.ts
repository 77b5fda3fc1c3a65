import type { Key } from '../contract/store.ts'

/**
 * What a commit is allowed by: a row that must stand as its holder knows it. The revision is asked for when the commit
 * is planned, as the holder may have renewed the row since the change was asked for.
 */
export interface Fence {
  key: Key
  /** Store time in ms at which its holder began. */
  readonly since?: number
  /** The revision that the holder knows. */
  rev(): number
  /** Told of the row that the store has instead: whether it is still the holder's, who then knows its revision. */
  holds(row: { rev: number; text: string } | undefined): boolean
}
