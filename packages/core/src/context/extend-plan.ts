import { applyEdits } from './apply-plan.ts'
import type { History } from './history.ts'
import { mend } from './legality/mend.ts'
import type { Settings } from './options.ts'
import type { EditOrigin, PlanEdit } from './plan.ts'
import { goneByOf } from './plan-edits.ts'
import { type CutStretch, cutStretch, type PlanState } from './plan-state.ts'
import type { Slot } from './slot.ts'

/** A context that goes on from an earlier one. */
export interface Extended<M> extends CutStretch {
  context: M[]
  gone: ReadonlyMap<number, EditOrigin>
  callIds: Map<string, number>
  /** Why bytes of the earlier context changed, if they did. */
  changed?: string
}

/** What the earlier plan made stays; new messages follow, legal. Only the tail of the context is looked at. */
export function extendPlan<M>(history: History<M>, state: PlanState<M>, settings: Settings<M>): Extended<M> {
  const { cut, tail, gone } = state
  const slots = [...tail]
  for (let at = state.length; at < history.length; at++) slots.push({ at, view: history.view(at) })
  const started = cut.index > 0
  const earlier = state.callIds
  const callIds = { has: (id: string) => (earlier.get(id) ?? cut.place) < cut.place }
  const within = settings.lens.results === 'within'
  const mended = mend(slots, { providers: settings.providers, within, before: { started, callIds } })
  const goneBy = goneByOf(mended, (at) => gone.get(at))
  const stretch = { ...{ from: cut.place, to: history.length, started, slots, goneBy }, mended: mended.slots }
  const next = cutStretch(history, stretch, cut)
  const extended: Extended<M> = {
    ...next,
    context: [
      ...state.context.slice(0, cut.index),
      ...applyEdits(history.messages, next.edits, history.lens, cut.place),
    ],
    gone,
    callIds: withCalls(state, next),
  }
  const changed = changeOf(state.mended, mended.slots)
  if (changed) extended.changed = changed
  return extended
}

/** Two plans that go on from one must not see each other's calls. */
function withCalls<M>(state: PlanState<M>, { mended }: CutStretch): Map<string, number> {
  const callIds = state.continued ? new Map(state.callIds) : state.callIds
  state.continued = true
  noteCalls(callIds, mended)
  return callIds
}

export function noteCalls(callIds: Map<string, number>, slots: readonly Slot[]): void {
  for (const { at, view } of slots) {
    for (const part of view.parts) if (part.kind === 'call' && part.callId) callIds.set(part.callId, at)
  }
}

function changeOf(before: readonly Slot[], after: readonly Slot[]): string | undefined {
  for (const [i, slot] of before.entries()) {
    if (!sameSlot(slot, after[i])) return 'The conversation went on where it was open, so its repaired end changed'
  }
  return after[before.length]?.joins && 'A new message joined the last one, as the provider wants it'
}

function sameSlot(a: Slot, b: Slot | undefined): boolean {
  return a === b || (b !== undefined && a.at === b.at && stringOf(a) === stringOf(b))
}

const stringOf = ({ changes, made, joins }: Slot): string => JSON.stringify([changes, made, joins])

/** Where two plans' edits first part, as a place in the history. */
export function firstDifference(a: readonly PlanEdit[], b: readonly PlanEdit[]): number {
  const length = Math.max(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [one, other] = [a[i], b[i]]
    if (one && other && JSON.stringify(one) === JSON.stringify(other)) continue
    return Math.min(placeOf(one), placeOf(other))
  }
  return Number.POSITIVE_INFINITY
}

function placeOf(edit: PlanEdit | undefined): number {
  if (!edit) return Number.POSITIVE_INFINITY
  return edit.op === 'remove' ? edit.from : edit.at
}
