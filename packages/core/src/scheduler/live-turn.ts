import type { PriorityClass } from '../turn/on-busy.ts'
import type { Attention } from './attention.ts'
import type { WaitingTurn } from './waiting-turn.ts'

/** When those in the line are looked at: one moment for all. */
export interface Moment {
  now: number
}

export type TurnFacts = Omit<WaitingTurn, 'waiting' | 'attention'>

export interface LiveTurnOptions {
  readonly facts: TurnFacts
  readonly moment: Moment
  readonly cameAt: number
  /** Under this its user's attention is known. */
  readonly sessionKey: string
  readonly attention: Attention
}

/** A turn as it is at the moment: thousands are looked at to find the one that goes next, and nothing is written. */
export class LiveTurn implements WaitingTurn {
  readonly tenant: string
  readonly sessionId: string
  readonly userId: string | undefined
  readonly agentId: string | undefined
  readonly kind: string | undefined
  readonly priority: PriorityClass
  readonly complexity: number
  readonly cost: { readonly tokens: number; readonly money: number }
  readonly #options: LiveTurnOptions

  constructor(options: LiveTurnOptions) {
    const { facts } = options
    this.tenant = facts.tenant
    this.sessionId = facts.sessionId
    this.userId = facts.userId
    this.agentId = facts.agentId
    this.kind = facts.kind
    this.priority = facts.priority
    this.complexity = facts.complexity
    this.cost = facts.cost
    this.#options = options
  }

  get waiting(): number {
    const { moment, cameAt } = this.#options
    return Math.max(0, moment.now - cameAt)
  }

  get attention(): number {
    const { moment, sessionKey, attention } = this.#options
    return attention.level(sessionKey, moment.now)
  }

  /** As it is at a time, for good. */
  at(now: number): WaitingTurn {
    const { facts, cameAt, sessionKey, attention } = this.#options
    return { ...facts, waiting: Math.max(0, now - cameAt), attention: attention.level(sessionKey, now) }
  }
}
