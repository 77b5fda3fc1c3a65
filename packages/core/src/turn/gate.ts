import type { Store } from '../contract/store.ts'
import type { Amount, Cost, CostUnit } from './cost.ts'
import type { PriorityClass } from './on-busy.ts'
import type { Scheduled } from './record.ts'

/** How heavy a turn is: a number, of which 1 is an ordinary one, or what it can be told by. */
export type Complexity = number | { tools?: number; contextTokens?: number }

/** What is known of a session whose turn wants to run. */
export interface TurnSubject {
  readonly userId?: string | undefined
  readonly agentId?: string | undefined
  readonly kind?: string | undefined
  /** Messages in its view. */
  readonly messages: number
}

/** A turn that wants to run. */
export interface TurnRequest extends TurnSubject {
  readonly store: Store
  readonly tenant: string
  readonly sessionId: string
  readonly priority: PriorityClass
  readonly cost: Cost | undefined
  readonly complexity: Complexity | undefined
  /** How long a process that died keeps what it had, ms. */
  readonly leaseMs: number
  /** Waits for the session with the others; else it has its own way with a session that is busy. */
  readonly queues: boolean
  /** Within a turn that has been let in: it runs in that one's place. */
  readonly nested: boolean
  readonly signal: AbortSignal
  /** Store time, ms since the epoch. */
  now(): number
}

/** The right of a turn to run. */
export interface TurnPass {
  /** What was decided, for the turn's record. */
  readonly scheduled: Scheduled
  /** What a budget that was over gave the turn instead; undefined: it was not. */
  readonly degraded: unknown
  /** The session is held by others: its place is free for other sessions until it begins. */
  waits(): void
  /** The session is this turn's. */
  begin(): void
  /** `began`: whether its work was begun. Harmless when it has ended. */
  end(outcome: { began: boolean; complete: boolean; spent: Amount | undefined }): Promise<void>
}

/** Lets turns run, one after the other or many at once. A scheduler is one. */
export interface TurnGate {
  /** What numbers are of, as costs; undefined: they may be either. */
  readonly unit: CostUnit | undefined
  /** @throws the signal's reason, and why it is not let in */
  admit(request: TurnRequest): Promise<TurnPass>
}
