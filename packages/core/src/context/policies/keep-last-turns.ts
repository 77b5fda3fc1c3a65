import { whole } from '../check-options.ts'
import type { Policy } from '../policy.ts'

/**
 * The last `n` turns, each from what the user said to before what they said next.
 *
 * @throws `CONTEXT_OPTIONS_INVALID`
 */
export function keepLastTurns(n: number): Policy {
  const name = 'keepLastTurns'
  whole(name, 'n', n, 1)
  return {
    name,
    options: { n },
    apply: (draft) => {
      const first = draft.lastTurn - n + 1
      for (const unit of draft.units) {
        if (unit.turn < first) draft.remove(unit, { policy: name, reason: `Before the last ${n} turns` })
      }
    },
  }
}
