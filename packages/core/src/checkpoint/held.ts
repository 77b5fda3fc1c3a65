import type { Snapshot, SnapshotList, Snapshotter } from '../codec/snapshot.ts'
import { historyOf, isNeutral, type Shape } from './ref.ts'
import { type Address, addresses, type Run, takeEntries } from './runs.ts'
import type { ValueFormat } from './value-format.ts'

/**
 * What this process last saw behind a channel's runs: the very objects, and a snapshot of each. Nothing is believed
 * of an object before it has been walked again. An appended list shares the arrays of the one before.
 */
export interface Held {
  shape: Shape
  runs: Run[]
  length: number
  items: unknown[]
  /** For shape `o` only. */
  keys: string[] | undefined
  snapshots: SnapshotList
}

/** An element that a list will hold: already stored at an address, or new with its text. */
export interface Slot {
  value: unknown
  key: string | undefined
  snapshot: Snapshot
  stored: Address | undefined
  text: string | undefined
}

export const encodeAs = (shape: Shape, format: ValueFormat, value: unknown, key?: string): string =>
  isNeutral(shape) ? historyOf(format).encode(value) : format.stringify(shape === 'o' ? [key, value] : value)

/** How many leading elements are, by walk, what was held. The walk of the hot path. */
export function commonStart(held: Held, items: readonly unknown[], keys: readonly string[] | undefined): number {
  const { keys: keysBefore } = held
  const end = held.snapshots.leading(items, Math.min(held.length, items.length))
  if (keysBefore) for (let i = 0; i < end; i++) if (keysBefore[i] !== keys?.[i]) return i
  return end
}

/** Finds elements of `held` from `start` on by identity, and says where they are stored if they are still what they were. */
export function finder(held: Held, start: number): (item: unknown, key: string | undefined) => Slot | undefined {
  const stored = [...addresses(held.runs)]
  const places = new Map<unknown, number>()
  for (let i = held.length - 1; i >= start; i--) places.set(held.items[i], i)
  return (item, key) => {
    const at = places.get(item)
    if (at === undefined || (held.keys && held.keys[at] !== key) || !held.snapshots.holds(at, item)) return undefined
    return { value: item, key, snapshot: held.snapshots.at(at), stored: stored[at], text: undefined }
  }
}

/** The next state: the first `keep` elements of `base`, then `slots` at `runs`. Shares the arrays where it only appends. */
export function follow(
  base: Held | undefined,
  keep: number,
  slots: readonly Slot[],
  shape: Shape,
  runs: Run[],
  snapshotter: Snapshotter,
): Held {
  const appends = base !== undefined && base.items.length === keep && base.snapshots.length === keep
  const items = appends ? base.items : (base?.items.slice(0, keep) ?? [])
  const snapshots = appends ? base.snapshots : (base?.snapshots.first(keep) ?? snapshotter.list())
  const keys = shape === 'o' ? ((appends ? base.keys : base?.keys?.slice(0, keep)) ?? []) : undefined
  for (const { value, key, snapshot } of slots) {
    items.push(value)
    snapshots.push(snapshot)
    keys?.push(key ?? '')
  }
  return { shape, runs, length: items.length, items, keys, snapshots }
}

export const startOf = (held: Held | undefined, keep: number): Run[] => (held ? takeEntries(held.runs, keep) : [])
