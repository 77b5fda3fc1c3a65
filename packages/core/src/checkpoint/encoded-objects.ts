import type { Snapshot, SnapshotList, Snapshotter } from '../codec/snapshot.ts'
import { isNeutral, type Shape } from './ref.ts'

const OBJECTS = 256

/** The text of objects that were encoded a moment ago, good for as long as a walk shows them unchanged. */
export class EncodedObjects {
  readonly #snapshots: Snapshotter
  readonly #known = new Map<object, { neutral: boolean; text: string; seen: SnapshotList }>()

  constructor(snapshots: Snapshotter) {
    this.#snapshots = snapshots
  }

  find(shape: Shape, value: unknown): { text: string; snapshot: Snapshot } | undefined {
    const known = this.#known.get(value as object)
    if (!known || known.neutral !== isNeutral(shape) || !known.seen.holds(0, value)) return undefined
    return { text: known.text, snapshot: known.seen.at(0) }
  }

  note(shape: Shape, value: unknown, { text, snapshot }: { text: string | undefined; snapshot: Snapshot }): void {
    if (typeof value !== 'object' || value === null || text === undefined) return
    const seen = this.#snapshots.list()
    seen.push(snapshot)
    this.#known.delete(value)
    this.#known.set(value, { neutral: isNeutral(shape), text, seen })
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= OBJECTS) return
      this.#known.delete(oldest)
    }
  }
}
