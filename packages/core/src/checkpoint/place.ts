import type { Draft } from './draft.ts'
import { follow, type Held, startOf } from './held.ts'
import type { Prepared } from './prepare.ts'
import { type RefText, refToRuns, type Shape } from './ref.ts'
import { type Address, pushAddress, type Run } from './runs.ts'
import type { ValueFormat } from './value-format.ts'
import { entryName } from './written-entries.ts'

/** A prepared value with its place in the store: the reference to write, and what it will stand for. */
export interface Placed {
  ref: RefText
  shape: Shape | undefined
  runs: Run[]
  /** Entries that the draft adds for it, by their names. */
  added: { name: string; at: Address }[]
  held: (() => Held) | undefined
}

/** Gives the new entries of a value their positions in the lane's segment. */
export function place(
  draft: Draft,
  lane: string,
  prepared: Prepared,
  { parent, before, format }: { parent: string; before: readonly Run[] | undefined; format: ValueFormat },
): Placed {
  if ('inline' in prepared) return { ref: prepared.inline, shape: undefined, runs: [], added: [], held: undefined }
  const { shape, base, keep, slots, afresh } = prepared
  const runs = startOf(base, keep)
  const names = slots.map(({ stored, text }) =>
    stored || afresh || text === undefined ? undefined : entryName(shape, text),
  )
  const places = slots.map(({ stored }, i) => stored ?? (names[i] === undefined ? undefined : draft.written(names[i])))
  const texts = slots.flatMap(({ text }, i) => (places[i] || text === undefined ? [] : [text]))
  const added: Placed['added'] = []
  let next: Address | undefined
  if (texts.length > 0) next = draft.append(lane, texts, { parent, after: before ?? 'unknown', afresh })
  for (const [i, { text }] of slots.entries()) {
    const stored = places[i]
    const name = names[i]
    if (stored) pushAddress(runs, stored)
    else if (next && text !== undefined) {
      pushAddress(runs, next)
      if (name !== undefined) added.push({ name, at: next })
      next = { segment: next.segment, position: next.position + 1 }
    }
  }
  return {
    ref: refToRuns(shape, runs),
    shape,
    runs,
    added,
    held: () => follow(base, keep, slots, shape, runs, format.snapshots),
  }
}

/** Whether the value refers to entries that stood before: they must still stand when it lands. */
export const dependsOnStored = (prepared: Prepared): boolean =>
  !('inline' in prepared) && (prepared.keep > 0 || prepared.slots.some(({ stored }) => stored !== undefined))
