import { applyEdits } from './apply-plan.ts'
import { noteCalls } from './extend-plan.ts'
import type { FreshPlan } from './fresh-plan.ts'
import type { History } from './history.ts'
import type { EditOrigin, PlanEdit } from './plan.ts'
import { goneByOf } from './plan-edits.ts'
import { beginning, cutStretch, handlesOf, type PlanState } from './plan-state.ts'
import type { Tally } from './tally.ts'

/** A context with what its plan, its receipt and the next prune need. */
export interface MadeContext<M> extends Omit<PlanState<M>, 'messages' | 'length' | 'count' | 'continued'> {
  edits: readonly PlanEdit[]
  tally: Tally
  /** The state of the plan before it, when the history begins as that one's. */
  earlier?: PlanState<M>
  /** Why it does not fit, if it does not. */
  why?: string
  replanned?: string
  kept?: string
  /** Tokens of the history when a fresh plan was last weighed, if not now. */
  weighedAt?: number
}

/** The context of a plan that was made from the whole history. */
export function contextOf<M>(history: History<M>, { draft, mended }: FreshPlan): MadeContext<M> {
  const goneBy = goneByOf(mended, (at) => draft.goneBy(at))
  const stretch = { from: 0, to: history.length, started: false, slots: draft.slots(), mended: mended.slots, goneBy }
  const { cut, edits, tally, tail, mended: end } = cutStretch(history, stretch, beginning)
  const gone = new Map<number, EditOrigin>()
  for (let at = cut.place; at < history.length; at++) {
    const origin = draft.goneBy(at)
    if (origin) gone.set(at, origin)
  }
  const callIds = new Map<string, number>()
  noteCalls(callIds, mended.slots)
  const context = applyEdits(history.messages, edits, history.lens, 0)
  const kept: Record<string, number> = {}
  for (const unit of draft.kept) if (unit.kept) kept[unit.kept] = (kept[unit.kept] ?? 0) + draft.sizeOf(unit)
  const sizes = Object.entries(kept).map(([name, tokens]) => `${name} ${Math.ceil(tokens)}`)
  const why = `What may not be cut is larger than the budget, in tokens: ${sizes.join(', ')}`
  return { edits, tally, context, cut, tail, mended: end, gone, callIds, handles: handlesOf(edits), why }
}
