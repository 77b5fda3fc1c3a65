import { randomUUID } from 'node:crypto'
import { type Amount, costOf, NOTHING } from '../turn/cost.ts'
import type { TurnRequest } from '../turn/gate.ts'
import type { Attention } from './attention.ts'
import { type Complexities, plainWeight } from './complexity.ts'
import { needsOf, sessionKey, type TurnLimits } from './limits.ts'
import type { Candidate, Need } from './line.ts'
import type { WaitingTurn } from './waiting-turn.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

export interface CallOptions {
  readonly limits: TurnLimits
  readonly attention: Attention
  readonly complexities: Complexities
  /** As it was stated; undefined: it was not. */
  readonly amount: Amount | undefined
  /** When it was called. */
  readonly cameAt: number
}

/** A call of `session.turn`, from when it comes until it is over. */
export class Call implements Candidate {
  readonly id = randomUUID()
  readonly request: TurnRequest
  readonly needs: readonly Need[]
  readonly cameAt: number
  /** What it is expected to spend when it does not say so. */
  readonly usual: Amount
  readonly #seen: Writable<WaitingTurn>
  readonly #attention: Attention

  constructor(request: TurnRequest, { limits, attention, complexities, amount, cameAt }: CallOptions) {
    const { tenant, sessionId, userId, agentId, kind, priority, complexity, messages } = request
    this.request = request
    this.cameAt = cameAt
    this.needs = needsOf(request, limits)
    this.#attention = attention
    this.usual = complexities.usuallySpent(this.agent) ?? NOTHING
    this.#seen = {
      ...{ tenant, sessionId, userId, agentId, kind, priority },
      waiting: 0,
      attention: 0,
      complexity: complexities.weigh(this.agent, complexity, messages),
      cost: costOf(amount ?? this.usual),
    }
    this.look(cameAt)
  }

  get seen(): WaitingTurn {
    return this.#seen
  }

  get sessionKey(): string {
    return sessionKey(this.request.tenant, this.request.sessionId)
  }

  /** Under this it is learned what turns of its agent take. */
  get agent(): string {
    return JSON.stringify([this.request.tenant, this.request.agentId ?? ''])
  }

  get plainWeight(): number {
    const { complexity, messages } = this.request
    return typeof complexity === 'number' ? complexity : plainWeight(complexity, messages)
  }

  look(now: number): void {
    this.#seen.waiting = Math.max(0, now - this.cameAt)
    this.#seen.attention = this.#attention.level(this.sessionKey, now)
  }
}
