import type { MessageView } from '../lens.ts'
import { unitsOf } from '../units.ts'

/** What a summary would stand for. Places are those of the view it is made from. */
export interface CompactionRange {
  /** One past the last place that is looked at: what follows stays. */
  to: number
  /** Places before it that go into the summary, in order; the others stay as they are. */
  archived: readonly number[]
  /** Places at which the archived messages can be cut into chunks: where steps begin. */
  cuts: readonly number[]
}

/**
 * All but the last `keepRecent` messages, cut where no call is parted from its result, and before the first call that
 * waits. Pinned messages, instructions and what the user asked last stay as they are.
 */
export function rangeToCompact(views: readonly MessageView[], keepRecent: number): CompactionRange {
  const units = unitsOf(views)
  const archived: number[] = []
  const cuts: number[] = []
  let to = 0
  for (const unit of units) {
    if (unit.to > views.length - keepRecent || unit.kept === 'pending') break
    to = unit.to
    if (unit.kept) continue
    cuts.push(unit.from)
    for (let at = unit.from; at < unit.to; at++) archived.push(at)
  }
  return { to, archived, cuts }
}
