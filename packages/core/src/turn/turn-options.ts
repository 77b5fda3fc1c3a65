import { EverthreadError } from '../errors.ts'
import { knownOptions } from '../known-options.ts'
import type { Cost } from './cost.ts'
import type { Complexity } from './gate.ts'
import { type OnBusy, type Priority, strategyOf } from './on-busy.ts'
import type { Recovered } from './recovery.ts'
import type { Turn } from './turn.ts'

export interface TurnOptions {
  /** What to do when the session has a turn already. Default `queue`. */
  onBusy?: OnBusy
  /** Who goes first of those who wait: a lesser class that has waited long enough goes first. Default `normal`. */
  priority?: Priority
  /** What it will take, for budgets: reserved until it is over. Default: what turns of its agent took. */
  cost?: Cost
  /** How heavy it is, for the scheduler. Default: told by the session's length and by past turns of its agent. */
  complexity?: Complexity
  /** Gives up: the wait or the turn ends at once, its lease is free, and what is not committed is discarded. */
  signal?: AbortSignal
  /** As a signal that aborts after so many ms, waiting included; with `TURN_TIMEOUT`. */
  timeout?: number
  /**
   * Names the turn. Once a turn of this name is complete, calls with it give its result, which is kept for 7 days, and
   * run nothing.
   */
  commitId?: string
  /** Called before the turn when the one before died: may finish or seal what it left. */
  onRecover?(turn: Turn, recovered: Recovered): Promise<void> | void
}

/** @throws `TURN_OPTIONS_INVALID` */
export function checkStrategy({ onBusy, commitId, timeout }: TurnOptions): ReturnType<typeof strategyOf> {
  const strategy = strategyOf(onBusy)
  if (strategy === 'join' && commitId === undefined)
    throw wrongOptions('Give a turn that joins a commitId: it names the turn')
  if (commitId !== undefined && (typeof commitId !== 'string' || commitId === '' || commitId.length > 200)) {
    throw wrongOptions('Give commitId as a text of 1 to 200 characters')
  }
  if (timeout !== undefined && !(Number.isFinite(timeout) && timeout > 0 && timeout <= 2 ** 31 - 1)) {
    throw wrongOptions('Give timeout as a number of milliseconds above 0')
  }
  return strategy
}

const wrongOptions = (message: string): EverthreadError => new EverthreadError('TURN_OPTIONS_INVALID', message)

const KNOWN: Record<keyof TurnOptions, true> = {
  onBusy: true,
  priority: true,
  cost: true,
  complexity: true,
  signal: true,
  timeout: true,
  commitId: true,
  onRecover: true,
}

/** @throws `TURN_OPTIONS_INVALID` */
export function checkTurn(work: unknown, options: unknown): void {
  if (typeof work !== 'function') throw wrongOptions('Give the work of the turn as a function')
  const known = Object.keys(KNOWN) as (keyof TurnOptions)[]
  const what = 'the options of the turn'
  const { signal, onRecover } = knownOptions(options as TurnOptions, known, 'TURN_OPTIONS_INVALID', what)
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw wrongOptions('Give signal as that of an AbortController')
  }
  if (onRecover !== undefined && typeof onRecover !== 'function') throw wrongOptions('Give onRecover as a function')
}
