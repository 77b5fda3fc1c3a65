import { applyEdits } from './apply-plan.ts'
import { noteCalls } from './extend-plan.ts'
import { handleOfPart } from './handle.ts'
import type { History } from './history.ts'
import { mend } from './legality/mend.ts'
import type { PartEdit } from './lens.ts'
import type { Settings } from './options.ts'
import type { ChangeEdit, EditOrigin, PrunePlan } from './plan.ts'
import { goneByOf } from './plan-edits.ts'
import { beginning, cutStretch, handlesOf, type PlanState } from './plan-state.ts'
import { changeSlot, type Slot } from './slot.ts'

/**
 * The state of a plan that came from a store: what its policies did is taken from it, and made legal again.
 *
 * @returns undefined when that would give other edits: then the history or the rules have changed
 */
export function rebuildState<M>(history: History<M>, plan: PrunePlan, settings: Settings<M>): PlanState<M> | undefined {
  if (!sameParts(history, plan)) return undefined
  const messages = history.messages.slice(0, plan.length)
  const gone = new Map<number, EditOrigin>()
  const slots = replayed(history, plan, gone)
  const mended = mend(slots, { providers: settings.providers, within: settings.lens.results === 'within' })
  const goneBy = goneByOf(mended, (at) => gone.get(at))
  const stretch = { ...{ from: 0, to: plan.length, started: false, slots, goneBy }, mended: mended.slots }
  const { cut, edits, tail, mended: end } = cutStretch(history, stretch, beginning)
  if (JSON.stringify(edits) !== JSON.stringify(plan.edits)) return undefined
  const callIds = new Map<string, number>()
  noteCalls(callIds, mended.slots)
  const context = applyEdits(messages, plan.edits, history.lens, 0)
  return {
    ...{ messages, length: plan.length, context, count: history.count, cut, tail, gone, callIds },
    mended: end,
    handles: handlesOf(edits),
    continued: false,
  }
}

function replayed<M>(history: History<M>, plan: PrunePlan, gone: Map<number, EditOrigin>): Slot[] {
  const slots: Slot[] = []
  let next = 0
  const keepUntil = (at: number) => {
    for (; next < at; next++) slots.push({ at: next, view: history.view(next) })
  }
  for (const edit of plan.edits) {
    if (edit.op === 'change') {
      keepUntil(edit.at)
      slots.push(replayChanges({ at: edit.at, view: history.view(edit.at) }, edit))
      next = edit.at + 1
    } else if (edit.policy !== 'repair' && edit.op === 'remove') {
      keepUntil(edit.from)
      const { policy, reason } = edit
      for (; next < edit.to; next++) gone.set(next, { policy, reason })
    }
  }
  keepUntil(plan.length)
  return slots
}

/** What policies did. Ids and answers are the repair's. */
function replayChanges(slot: Slot, { parts }: ChangeEdit): Slot {
  let replayed = slot
  // From the last part to the first, so that a dropped part leaves the others' places alone.
  for (const { part, edit, policy, reason, handle } of parts.toSorted((a, b) => b.part - a.part)) {
    const { drop, text } = edit
    const own: PartEdit = drop ? { drop } : text === undefined ? {} : { text }
    if (handle !== undefined) replayed = changeSlot(replayed, part, own, { policy, reason }, handle)
  }
  return replayed
}

/** Whether the parts that the plan changes still say what they said. */
function sameParts<M>(history: History<M>, { edits }: PrunePlan): boolean {
  return edits.every((edit) => {
    if (edit.op !== 'change') return true
    const views = history.view(edit.at).parts
    return edit.parts.every(({ part, handle }) => {
      const view = views[part]
      return view !== undefined && (handle === undefined || handleOfPart(view) === handle)
    })
  })
}
