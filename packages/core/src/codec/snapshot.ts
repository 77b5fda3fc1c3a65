/** What one value looked like. */
export type Snapshot = unknown

/** Takes snapshots of values, and holds values against them: whether they would still be serialised the same. */
export interface Snapshotter {
  take(value: unknown): Snapshot
  list(): SnapshotList
  /** Whether a snapshot also holds for an equal copy of the value, and not only for the very object. */
  readonly byContent: boolean
}

/** The snapshots of a list's elements. Grows at its end only, so that lists which begin alike may share one. */
export interface SnapshotList {
  readonly length: number
  push(snapshot: Snapshot): void
  at(index: number): Snapshot
  /** A list of its own of the first ones. */
  first(count: number): SnapshotList
  /** Exact: in-place changes at any depth are seen. */
  holds(index: number, value: unknown): boolean
  /** How many of the first `end` values hold, up to the first that does not. */
  leading(values: readonly unknown[], end: number): number
}
