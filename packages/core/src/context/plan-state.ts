import type { History } from './history.ts'
import type { EditOrigin, PlanEdit, PrunePlan } from './plan.ts'
import { planEdits } from './plan-edits.ts'
import type { Slot } from './slot.ts'
import { addTallies, emptyTally, type Tally, tallyOf } from './tally.ts'
import type { CountText } from './tokens/counter.ts'
import { unitsOf } from './units.ts'

/**
 * A place in a context that what comes later cannot reach back over: before it, all is as it will stay. Everything from
 * it on, the tail, is looked at again when messages come.
 */
export interface Cut {
  /** In the history. */
  place: number
  /** In the context. */
  index: number
  /** How many of the plan's edits are before it. */
  edits: number
  /** How many of the receipt's handles are. */
  handles: number
  tally: Tally
}

/** What the next prune need not find out again. Kept for a plan as long as the plan is held. */
export interface PlanState<M> {
  /** The history, in a list that plans which go on from each other share: what is past `length` is of a later one. */
  messages: M[]
  length: number
  context: readonly M[]
  count: CountText
  cut: Cut
  /** The receipt's. */
  handles: readonly string[]
  /** Messages of the tail before they were made legal, and after. */
  tail: readonly Slot[]
  mended: readonly Slot[]
  /** Who removed messages of the tail. */
  gone: ReadonlyMap<number, EditOrigin>
  /** The context's calls, with their places. */
  callIds: Map<string, number>
  /** Another plan went on from this one, and added to `callIds`. */
  continued: boolean
}

const states = new WeakMap<PrunePlan, PlanState<unknown>>()

export function stateOf<M>(plan: PrunePlan): PlanState<M> | undefined {
  return states.get(plan) as PlanState<M> | undefined
}

export function keepState<M>(plan: PrunePlan, state: PlanState<M>): void {
  states.set(plan, state as unknown as PlanState<unknown>)
}

/**
 * A history for a plan's state: the list of the plan before it with what came after, so that it need not be copied each
 * time; a copy when another plan has gone on with that list.
 */
export function rememberedMessages<M>(messages: readonly M[], earlier: PlanState<M> | undefined): M[] {
  if (!earlier || earlier.messages.length !== earlier.length) return messages.slice()
  for (let at = earlier.length; at < messages.length; at++) earlier.messages.push(messages[at] as M)
  return earlier.messages
}

/** A stretch of a context: its messages before and after they were made legal. */
export interface Stretch {
  from: number
  to: number
  /** Something other than a system message comes before. */
  started: boolean
  slots: readonly Slot[]
  mended: readonly Slot[]
  goneBy: (at: number) => EditOrigin
}

export interface CutStretch {
  cut: Cut
  edits: PlanEdit[]
  tally: Tally
  tail: Slot[]
  mended: Slot[]
}

/**
 * Cuts a stretch as late as can be: where the last step begins, unless that was merged into what comes before it.
 *
 * @param before The cut where the stretch begins
 */
export function cutStretch<M>(history: History<M>, stretch: Stretch, before: Cut): CutStretch {
  const { slots, mended, goneBy, from, to } = stretch
  const at = cutIndex(stretch)
  const place = at === 0 ? from : (mended[at] as Slot).at
  const head = mended.slice(0, at)
  const rest = mended.slice(at)
  const headEdits = planEdits(head, { from, to: place }, goneBy)
  const restEdits = planEdits(rest, { from: place, to }, goneBy)
  const headTally = tallyOf(history, head, headEdits, { from, to: place })
  const restTally = tallyOf(history, rest, restEdits, { from: place, to })
  const cut: Cut = {
    place,
    index: before.index + head.filter(({ joins }) => !joins).length,
    edits: before.edits + headEdits.length,
    handles: before.handles + handlesOf(headEdits).length,
    tally: addTallies(before.tally, headTally),
  }
  return {
    cut,
    edits: [...headEdits, ...restEdits],
    tally: addTallies(cut.tally, restTally),
    tail: slots.filter((slot) => slot.at >= place),
    mended: rest,
  }
}

export const beginning: Cut = { place: 0, index: 0, edits: 0, handles: 0, tally: emptyTally() }

function cutIndex({ mended, slots, started }: Stretch): number {
  const units = unitsOf(slots.map(({ view }) => view))
  for (const unit of units.toReversed()) {
    const first = slots[unit.from] as Slot
    const at = mended.findIndex((slot) => slot.at >= first.at && (!slot.made || slot.replaces === true))
    const slot = mended[at]
    if (!slot || slot.at !== first.at || slot.joins || !isSolid(slot)) continue
    if (at === 0 || started || mended.slice(0, at).some(({ view }) => view.role !== 'system')) return at
  }
  return 0
}

/** Whatever comes after it, a repair will not remove it. */
function isSolid({ view }: Slot): boolean {
  return view.parts.some((part) => {
    if (part.kind === 'text') return part.text.trim() !== ''
    return part.kind === 'file' || (part.kind === 'call' && !part.providerExecuted)
  })
}

/** What `recall` takes, in the order of the edits. */
export function handlesOf(edits: readonly PlanEdit[]): string[] {
  const handles: string[] = []
  for (const edit of edits) {
    if (edit.op === 'change') for (const { handle } of edit.parts) handle !== undefined && handles.push(handle)
    else if ('handle' in edit) handles.push(edit.handle)
  }
  return handles
}
