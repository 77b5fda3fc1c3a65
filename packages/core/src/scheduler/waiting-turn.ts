import type { PriorityClass } from '../turn/on-busy.ts'

/** A turn that waits, as a `compare` sees it: at one moment for all that are compared. */
export interface WaitingTurn {
  readonly tenant: string
  readonly sessionId: string
  readonly userId: string | undefined
  readonly agentId: string | undefined
  /** The session's. */
  readonly kind: string | undefined
  readonly priority: PriorityClass
  /** Since it was called, ms. */
  readonly waiting: number
  /**
   * From 1, its user looks at the session, down to -1, the user is elsewhere, and -2, offline. 0: nothing is known. It
   * goes to 0 while no heartbeat comes.
   */
  readonly attention: number
  /** 1 is an ordinary turn, 2 one that takes twice as long. */
  readonly complexity: number
  /** What it says, or is estimated, to take. */
  readonly cost: { readonly tokens: number; readonly money: number }
}

/** Below 0: `a` goes first. 0: the one that came first does. */
export type CompareTurns = (a: WaitingTurn, b: WaitingTurn) => number
