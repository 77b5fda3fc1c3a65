import { randomUUID } from 'node:crypto'
import { type Amount, costOf, NOTHING } from '../turn/cost.ts'
import type { TurnRequest } from '../turn/gate.ts'
import type { Attention } from './attention.ts'
import { type Complexities, plainWeight } from './complexity.ts'
import { needsOf, sessionKey, type TurnLimits } from './limits.ts'
import type { Candidate, Need } from './line.ts'
import { LiveTurn, type Moment } from './live-turn.ts'

export interface CallOptions {
  readonly limits: TurnLimits
  readonly attention: Attention
  readonly complexities: Complexities
  readonly moment: Moment
  /** As it was stated; undefined: it was not. */
  readonly amount: Amount | undefined
  /** When it was called. */
  readonly cameAt: number
}

/** A call of `session.turn`, from when it comes until it is over. */
export class Call implements Candidate {
  readonly id: string = randomUUID()
  readonly request: TurnRequest
  readonly needs: readonly Need[]
  readonly sessionKey: string
  readonly live: LiveTurn
  /** Under this it is learned what turns of its agent take. */
  readonly agent: string
  /** What it is expected to spend when it does not say so. */
  readonly usual: Amount

  constructor(request: TurnRequest, options: CallOptions) {
    const { limits, attention, complexities, moment, amount, cameAt } = options
    const { tenant, sessionId, userId, agentId, kind, priority, complexity, messages } = request
    this.request = request
    this.needs = needsOf(request, limits)
    this.sessionKey = sessionKey(tenant, sessionId)
    this.agent = JSON.stringify([tenant, agentId ?? ''])
    this.usual = complexities.usuallySpent(this.agent) ?? NOTHING
    const weight = complexities.weigh(this.agent, complexity, messages)
    const cost = costOf(amount ?? this.usual)
    const facts = { tenant, sessionId, userId, agentId, kind, priority, complexity: weight, cost }
    this.live = new LiveTurn({ facts, moment, cameAt, sessionKey: this.sessionKey, attention })
  }

  /** How heavy it is, but for what is learned of its agent. */
  get plainWeight(): number {
    const { complexity, messages } = this.request
    return typeof complexity === 'number' ? complexity : plainWeight(complexity, messages)
  }
}
