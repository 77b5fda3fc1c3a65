import { callable, invalid, positive, refuseUnknown, whole } from '../check-options.ts'
import type { Draft } from '../draft.ts'
import type { MessageView } from '../lens.ts'
import type { Policy } from '../policy.ts'

export interface RelevanceOptions {
  /** How much a message matters for what the user asked last: 0 nothing, 1 all. An embedding's similarity will do. */
  score: (message: MessageView, question: MessageView | undefined) => number
  /** Turns whose best message scores below go. Default 0.2. */
  below?: number
  /** The last so many turns stay. Default 2. */
  keepLastTurns?: number
}

/**
 * Old turns that have nothing to do with what the user asks now go.
 *
 * @throws `CONTEXT_OPTIONS_INVALID`
 */
export function relevance(options: RelevanceOptions): Policy {
  const name = 'relevance'
  refuseUnknown(name, options, ['score', 'below', 'keepLastTurns'])
  const { score, below = 0.2, keepLastTurns = 2 } = options
  callable(name, 'score', score)
  positive(name, 'below', below)
  whole(name, 'keepLastTurns', keepLastTurns, 1)
  return {
    name,
    options: { below, keepLastTurns },
    apply: (draft) => {
      const scores = scoreTurns(draft, score)
      const first = draft.lastTurn - keepLastTurns + 1
      for (const unit of draft.units) {
        const own = scores.get(unit.turn) ?? 0
        if (unit.turn < first && own < below) {
          draft.remove(unit, { policy: name, reason: 'Has little to do with what is asked now' })
        }
      }
    },
  }
}

/** Of each turn, its best message's score. */
function scoreTurns(draft: Draft, score: RelevanceOptions['score']): Map<number, number> {
  const asked = draft.units.findLast(({ asks }) => asks)
  const question = asked && draft.view(asked.from)
  const best = new Map<number, number>()
  for (const { from, to, turn } of draft.units) {
    for (let at = from; at < to; at++) {
      const view = draft.view(at)
      if (!view) continue
      const own = score(view, question)
      if (typeof own !== 'number' || Number.isNaN(own)) {
        throw invalid('relevance', `"score" gave ${String(own)}, not a number`)
      }
      best.set(turn, Math.max(best.get(turn) ?? Number.NEGATIVE_INFINITY, own))
    }
  }
  return best
}
