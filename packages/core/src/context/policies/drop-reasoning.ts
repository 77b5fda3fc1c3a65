import { refuseUnknown, whole } from '../check-options.ts'
import type { Draft } from '../draft.ts'
import type { ReasoningView } from '../lens.ts'
import type { EditOrigin } from '../plan.ts'
import type { Policy } from '../policy.ts'
import type { Unit } from '../units.ts'

export interface DropReasoningOptions {
  /** Reasoning of the last so many turns stays. Default 1, and the least: providers want that of the turn going on. */
  keepLastTurns?: number
}

/**
 * Reasoning of past turns goes.
 *
 * @throws `CONTEXT_OPTIONS_INVALID`
 */
export function dropReasoning(options: DropReasoningOptions = {}): Policy {
  const name = 'dropReasoning'
  refuseUnknown(name, options, ['keepLastTurns'])
  const { keepLastTurns = 1 } = options
  whole(name, 'keepLastTurns', keepLastTurns, 1)
  return {
    name,
    options: { keepLastTurns },
    apply: (draft) => {
      const first = draft.lastTurn - keepLastTurns + 1
      const origin = { policy: name, reason: 'Reasoning of a past turn' }
      for (const unit of draft.units)
        if (unit.turn < first && unit.kept !== 'pinned') dropReasoningOf(draft, unit, origin)
    },
  }
}

export function dropReasoningOf(
  draft: Draft,
  { from, to, kept }: Unit,
  origin: EditOrigin,
  which: (part: ReasoningView) => boolean = () => true,
): void {
  if (kept === 'latest') return
  for (let at = from; at < to; at++) {
    const parts = draft.view(at)?.parts
    if (!parts) continue
    for (let part = parts.length - 1; part >= 0; part--) {
      const found = parts[part]
      if (found?.kind === 'reasoning' && which(found)) draft.change(at, part, { drop: true }, origin)
    }
  }
}
