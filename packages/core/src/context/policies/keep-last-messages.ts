import { whole } from '../check-options.ts'
import type { Draft } from '../draft.ts'
import type { Policy } from '../policy.ts'
import type { Unit } from '../units.ts'

/**
 * A sliding window: the last `n` messages, or as many fewer as it takes to keep calls and results together. What the
 * user asked last stays; what is pinned, pending or a system message stays beside them and is not counted.
 *
 * @throws `CONTEXT_OPTIONS_INVALID`
 */
export function keepLastMessages(n: number): Policy {
  const name = 'keepLastMessages'
  whole(name, 'n', n, 1)
  return { name, options: { n }, apply: (draft) => keepLast(draft, n) }
}

function keepLast(draft: Draft, n: number): void {
  const live = draft.units.filter((unit) => !draft.isGone(unit))
  let left = n
  let from = live.length
  for (let i = live.length - 1; i >= 0; i--) {
    const unit = live[i] as Unit
    const counts = unit.kept === undefined || unit.kept === 'latest' || unit.kept === 'task'
    const size = counts ? unit.to - unit.from : 0
    if (size > left && i < live.length - 1) break
    left -= size
    from = i
  }
  const first = live[from] as Unit | undefined
  for (const unit of live) {
    const older = first === undefined || unit.from < first.from
    if (older || losesQuestion(unit, first, draft.lastTurn)) {
      draft.remove(unit, { policy: 'keepLastMessages', reason: `Older than the last ${n} messages` })
    }
  }
}

/** The window begins where a turn does, but within the one that goes on. */
function losesQuestion(unit: Unit, first: Unit, lastTurn: number): boolean {
  return !first.asks && unit.turn === first.turn && unit.turn !== lastTurn && !unit.asks
}
