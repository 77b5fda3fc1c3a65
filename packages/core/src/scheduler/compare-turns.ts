import { PENALTIES } from '../turn/on-busy.ts'
import type { WaitingTurn } from './waiting-turn.ts'

/** How much earlier a turn is counted than it came whose user looks at the session, ms. */
const FOCUSED_MS = 5_000
/** How much later, for each step away, ms. */
const AWAY_MS = 15_000
/** How much later a turn is counted that takes twice as long, ms; three times this at most, and no earlier than that. */
const TWICE_MS = 1_000
const MOST_DOUBLINGS = 3

/**
 * A turn is overtaken by none that came so much later, ms, whatever the two are: what a background turn of a user who is
 * offline and that takes long gives way to an urgent one, short, with its user before it.
 */
export const AGEING_BOUND_MS: number =
  PENALTIES.background - PENALTIES.urgent + 2 * AWAY_MS + FOCUSED_MS + 2 * MOST_DOUBLINGS * TWICE_MS

/**
 * The order that a scheduler has unless it is given another. Each turn is counted as if it had come somewhat later or
 * earlier than it did, by its priority, its user's attention and its weight; then who came first goes first. Time passes
 * for all alike, so what is put back catches up with what comes after it.
 */
export function compareTurns(a: WaitingTurn, b: WaitingTurn): number {
  return putBackMs(a) - a.waiting - (putBackMs(b) - b.waiting)
}

function putBackMs({ priority, attention, complexity }: WaitingTurn): number {
  const doublings = Math.min(Math.max(Math.log2(complexity), -MOST_DOUBLINGS), MOST_DOUBLINGS)
  return PENALTIES[priority] + attentionMs(priority, attention) + doublings * TWICE_MS
}

/** What is urgent is so wherever its user looks. */
function attentionMs(priority: WaitingTurn['priority'], attention: number): number {
  if (attention > 0) return -attention * FOCUSED_MS
  return priority === 'urgent' ? 0 : -attention * AWAY_MS
}
