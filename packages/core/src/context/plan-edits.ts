import { handleOfRange } from './handle.ts'
import type { Mended } from './legality/mend.ts'
import type { EditOrigin, PlanEdit } from './plan.ts'
import type { Slot } from './slot.ts'

/**
 * How the slots came from the history.
 *
 * @param from The place in the history where the slots begin, `to` where they end
 * @param goneBy Who removed the message at a place that no slot stands for
 */
export function planEdits(
  slots: readonly Slot[],
  { from, to }: { from: number; to: number },
  goneBy: (at: number) => EditOrigin,
): PlanEdit[] {
  const edits: PlanEdit[] = []
  let next = from
  for (const slot of slots) {
    pushRemovals(edits, next, slot.at, goneBy)
    const { at, made, origin, replaces } = slot
    if (made && origin && !replaces) {
      edits.push({ op: 'insert', at, message: made, ...origin })
      next = at
      continue
    }
    next = at + 1
    if (made && origin) edits.push({ op: 'replace', at, message: made, handle: handleOfRange(at, at + 1), ...origin })
    else if (slot.changes) edits.push({ op: 'change', at, parts: slot.changes.toSorted((a, b) => a.part - b.part) })
    if (slot.joins) edits.push({ op: 'merge', at, ...slot.joins })
  }
  pushRemovals(edits, next, to, goneBy)
  return edits
}

/** One edit for each run of messages that went for the same reason. */
function pushRemovals(edits: PlanEdit[], from: number, to: number, goneBy: (at: number) => EditOrigin): void {
  for (let start = from; start < to; ) {
    const { policy, reason } = goneBy(start)
    let end = start + 1
    for (; end < to; end++) {
      const other = goneBy(end)
      if (other.reason !== reason || other.policy !== policy) break
    }
    edits.push({ op: 'remove', from: start, to: end, handle: handleOfRange(start, end), policy, reason })
    start = end
  }
}

/** Who removed a message: a policy, else the repair. */
export function goneByOf(
  { found }: Mended,
  byPolicy: (at: number) => EditOrigin | undefined,
): (at: number) => EditOrigin {
  const repaired = new Map(found.map(({ at, words }) => [at, { policy: 'repair', reason: words }]))
  return (at) => byPolicy(at) ?? repaired.get(at) ?? { policy: 'repair', reason: 'The message has no content' }
}
