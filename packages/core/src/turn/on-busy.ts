import { EverthreadError } from '../errors.ts'

/**
 * What to do when the session has a turn already.
 *
 * - `queue`: wait until it is this one's turn; also `enqueue`.
 * - `reject`: fail with `SESSION_BUSY`.
 * - `interrupt`: end the running turn, keep what it has committed, and go on.
 * - `rollback`: as `interrupt`, and go on from where that turn had started.
 * - `join`: if the running turn has the same `commitId`, give its result, else queue.
 *
 * `enqueue`, `reject`, `interrupt` and `rollback` are LangGraph Platform's names for the same.
 */
export type OnBusy = 'queue' | 'enqueue' | 'reject' | 'interrupt' | 'rollback' | 'join'

const strategies: Record<OnBusy, Exclude<OnBusy, 'enqueue'>> = {
  queue: 'queue',
  enqueue: 'queue',
  reject: 'reject',
  interrupt: 'interrupt',
  rollback: 'rollback',
  join: 'join',
}

/** @throws `TURN_OPTIONS_INVALID` */
export function strategyOf(onBusy: OnBusy = 'queue'): Exclude<OnBusy, 'enqueue'> {
  if (typeof onBusy === 'string' && Object.hasOwn(strategies, onBusy)) return strategies[onBusy]
  const names = Object.keys(strategies).join(', ')
  throw new EverthreadError('TURN_OPTIONS_INVALID', `Give onBusy one of these: ${names}`)
}

/** How much later than they came those who wait are counted, in ms: a lesser class that has waited this long goes first. */
export const PENALTIES = { urgent: 0, normal: 10_000, background: 60_000 } as const

export type PriorityClass = keyof typeof PENALTIES

/** `high` is `urgent`, and `low` is `background`. */
export type Priority = PriorityClass | 'high' | 'low'

const classes: Record<Priority, PriorityClass> = {
  urgent: 'urgent',
  high: 'urgent',
  normal: 'normal',
  background: 'background',
  low: 'background',
}

/** Those who end the turn before them go on in its place. */
const AHEAD_MS = -3_600_000

/** @throws `TURN_OPTIONS_INVALID` */
export function classOf(priority: Priority = 'normal'): PriorityClass {
  if (typeof priority === 'string' && Object.hasOwn(classes, priority)) return classes[priority]
  throw new EverthreadError('TURN_OPTIONS_INVALID', 'Give priority as one of these: urgent, normal, background')
}

/** @throws `TURN_OPTIONS_INVALID` */
export function penaltyOf(strategy: Exclude<OnBusy, 'enqueue'>, priority?: Priority): number {
  const penalty = PENALTIES[classOf(priority)]
  return strategy === 'interrupt' || strategy === 'rollback' ? AHEAD_MS : penalty
}
