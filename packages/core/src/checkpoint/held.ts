import type { Capture } from '../codec/capture.ts'
import { historyOf, isNeutral, type Shape } from './ref.ts'
import { addresses, type Address, type Run, takeEntries } from './runs.ts'
import type { ValueFormat } from './value-format.ts'

/**
 * What this process last saw behind a channel's runs: the very objects, and a flat snapshot of each. Nothing is
 * believed of an object before it has been walked again. An appended list shares the arrays of the one before.
 */
export interface Held {
  shape: Shape
  runs: Run[]
  length: number
  items: unknown[]
  /** For shape `o` only. */
  keys: string[] | undefined
  captures: Capture[]
}

/** An element that a list will hold: already stored at an address, or new with its text. */
export interface Slot {
  value: unknown
  key: string | undefined
  capture: Capture
  stored: Address | undefined
  text: string | undefined
}

export const captureAs = (shape: Shape, format: ValueFormat, value: unknown): Capture =>
  isNeutral(shape) ? historyOf(format).capture(value) : format.capture(value)

export const encodeAs = (shape: Shape, format: ValueFormat, value: unknown, key?: string): string =>
  isNeutral(shape) ? historyOf(format).encode(value) : format.stringify(shape === 'o' ? [key, value] : value)

export const checkAs = (shape: Shape, format: ValueFormat): ((value: unknown, capture: Capture) => boolean) =>
  isNeutral(shape) ? historyOf(format).unchanged : format.unchanged

/** How many leading elements are, by walk, what was held. The walk of the hot path. */
export function commonStart(held: Held, items: readonly unknown[], keys: readonly string[] | undefined, format: ValueFormat): number {
  const unchanged = checkAs(held.shape, format)
  const { captures, keys: keysBefore } = held
  const end = Math.min(held.length, items.length)
  for (let i = 0; i < end; i++) {
    if (!unchanged(items[i], captures[i] as Capture)) return i
    if (keysBefore && keysBefore[i] !== keys?.[i]) return i
  }
  return end
}

/** Finds elements of `held` from `start` on by identity, and says where they are stored if they are still what they were. */
export function finder(held: Held, start: number, format: ValueFormat): (item: unknown, key: string | undefined) => Slot | undefined {
  const unchanged = checkAs(held.shape, format)
  const stored = [...addresses(held.runs)]
  const places = new Map<unknown, number>()
  for (let i = held.length - 1; i >= start; i--) places.set(held.items[i], i)
  return (item, key) => {
    const at = places.get(item)
    if (at === undefined || (held.keys && held.keys[at] !== key)) return undefined
    const capture = held.captures[at] as Capture
    return unchanged(item, capture) ? { value: item, key, capture, stored: stored[at], text: undefined } : undefined
  }
}

/** The next state: the first `keep` elements of `base`, then `slots` at `runs`. Shares the arrays where it only appends. */
export function follow(base: Held | undefined, keep: number, slots: readonly Slot[], shape: Shape, runs: Run[]): Held {
  const appends = base !== undefined && base.items.length === keep && base.captures.length === keep
  const items = appends ? base.items : (base?.items.slice(0, keep) ?? [])
  const captures = appends ? base.captures : (base?.captures.slice(0, keep) ?? [])
  const keys = shape === 'o' ? (appends ? base.keys : base?.keys?.slice(0, keep)) ?? [] : undefined
  for (const { value, key, capture } of slots) {
    items.push(value)
    captures.push(capture)
    keys?.push(key ?? '')
  }
  return { shape, runs, length: items.length, items, keys, captures }
}

export const startOf = (held: Held | undefined, keep: number): Run[] => (held ? takeEntries(held.runs, keep) : [])
