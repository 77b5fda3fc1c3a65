import { costOf, isNothing } from '../turn/cost.ts'
import type { TurnPass } from '../turn/gate.ts'
import type { Scheduled } from '../turn/record.ts'
import { type Grant, spentBy } from './budgets.ts'
import type { Call } from './call.ts'
import type { Complexities } from './complexity.ts'
import type { Figures } from './figures.ts'
import type { SchedulerEvents } from './scheduler-event.ts'
import type { Slot } from './slots.ts'
import type { WaitingTurn } from './waiting-turn.ts'

export interface PassOptions {
  /** A slot beyond those that there are. */
  force(): Slot
  now(): number
  readonly events: SchedulerEvents
  readonly figures: Figures
  readonly complexities: Complexities
  /** It has ended. */
  over(): void
}

/** What was decided of a turn. */
export interface LetIn {
  readonly call: Call
  /** As it was then. */
  readonly turn: WaitingTurn
  readonly slot: Slot | undefined
  readonly grant: Grant
}

/** A turn that was let in. */
export class Pass implements TurnPass {
  readonly scheduled: Scheduled
  readonly degraded: unknown
  readonly #call: Call
  readonly #turn: WaitingTurn
  readonly #grant: Grant
  readonly #options: PassOptions
  #slot: Slot | undefined
  #begunAt: number | undefined
  #isOver = false

  constructor({ call, turn, slot, grant }: LetIn, options: PassOptions) {
    const { priority, waiting, complexity } = turn
    this.#call = call
    this.#turn = turn
    this.#slot = slot
    this.#grant = grant
    this.#options = options
    this.degraded = grant.degraded
    this.scheduled = {
      priority,
      waitedMs: Math.round(waiting),
      complexity: Math.round(complexity * 100) / 100,
      ...(isNothing(grant.amount) ? {} : { cost: costOf(grant.amount) }),
      ...(grant.degraded === undefined ? {} : { degraded: true }),
    }
  }

  waits(): void {
    this.#slot?.leave()
    this.#slot = undefined
  }

  begin(): void {
    const { force, now, events } = this.#options
    // It holds the session: that others wait for it to wait for a slot could go round in a circle.
    if (!this.#call.request.nested) this.#slot ??= force()
    this.#begunAt = now()
    events.tell('started', { turn: this.#turn })
  }

  async end({ began, complete, spent }: Parameters<TurnPass['end']>[0]): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    this.#slot?.leave()
    const { now, events, figures, complexities, over } = this.#options
    if (began) {
      if (complete) figures.completed++
      else figures.failed++
      const { agent, plainWeight } = this.#call
      if (complete) complexities.learn(agent, { ms: now() - (this.#begunAt ?? now()), plainWeight, spent })
    }
    try {
      await this.#grant.settle(spentBy(this.#grant, { complete, spent }))
    } finally {
      events.tell('ended', { turn: this.#turn, complete })
      over()
    }
  }
}
