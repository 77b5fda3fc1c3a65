import { EverthreadError } from '../errors.ts'
import { amountOf, type CostUnit } from '../turn/cost.ts'
import type { TurnGate, TurnPass, TurnRequest } from '../turn/gate.ts'
import { AdaptiveCapacity } from './adaptive-capacity.ts'
import type { Attention } from './attention.ts'
import { Budgets, type Grant } from './budgets.ts'
import { Call } from './call.ts'
import { Complexities, checkComplexity } from './complexity.ts'
import { Deferrals } from './deferrals.ts'
import { Figures, type SchedulerStats } from './figures.ts'
import type { Moment } from './live-turn.ts'
import { Pass } from './pass.ts'
import { Running } from './running.ts'
import type { SchedulerEvents } from './scheduler-event.ts'
import type { SchedulerOptions } from './scheduler-options.ts'
import { type Slot, Slots } from './slots.ts'

export interface AdmissionOptions extends SchedulerOptions {
  readonly attention: Attention
  readonly events: SchedulerEvents
  now(): number
}

/** Lets turns run when there is a slot for them, and enough of their budgets. */
export class Admission implements TurnGate {
  readonly #options: AdmissionOptions
  readonly #running = new Running()
  readonly #moment: Moment = { now: 0 }
  readonly #slots: Slots
  readonly #adaptive: AdaptiveCapacity | undefined
  readonly #budgets: Budgets
  readonly #deferrals: Deferrals
  readonly #complexities = new Complexities()
  readonly #figures = new Figures()
  /** Of each that waits. */
  readonly #waits = new Set<AbortController>()
  #underWay = 0
  #isDraining = false
  #refusesWaiting = false
  readonly #idle: (() => void)[] = []

  constructor(options: AdmissionOptions) {
    const { concurrency, compare, rules, clock, events, now } = options
    this.#options = options
    this.#budgets = new Budgets({ rules, onLate: (cause) => events.tell('error', { code: 'SETTLE_FAILED', cause }) })
    this.#deferrals = new Deferrals(clock !== undefined)
    if (typeof concurrency !== 'number') {
      this.#adaptive = new AdaptiveCapacity(concurrency, {
        isWanted: () => this.#slots.waiting > 0,
        changed: (capacity, load) => {
          this.#slots.capacity = capacity
          events.tell('capacity', { concurrency: capacity, load })
        },
      })
    }
    const onFailure = (cause: unknown): void => events.tell('error', { code: 'COMPARE_FAILED', cause })
    const capacity = typeof concurrency === 'number' ? concurrency : (this.#adaptive as AdaptiveCapacity).now
    this.#slots = new Slots(capacity, { running: this.#running, moment: this.#moment, compare, now, onFailure })
  }

  get unit(): CostUnit | undefined {
    return this.#budgets.unit
  }

  /** @throws `COST_INVALID`, `COMPLEXITY_INVALID`, `BUDGET_EXCEEDED`, `SCHEDULER_DRAINING`, the signal's reason */
  async admit(request: TurnRequest): Promise<TurnPass> {
    checkComplexity(request.complexity)
    const amount = request.cost === undefined ? undefined : amountOf(request.cost, this.unit)
    const { limits, attention, now, events } = this.#options
    const call = new Call(request, {
      limits,
      attention,
      complexities: this.#complexities,
      amount,
      moment: this.#moment,
      cameAt: now(),
    })
    this.#enter(call)
    events.tell('waiting', { turn: call.live.at(now()) })
    try {
      if (this.#isDraining && !request.nested) throw draining()
      return await this.#letIn(call)
    } catch (error) {
      this.#figures.rejected++
      const code = EverthreadError.isInstance(error) ? { code: error.code } : { cause: error }
      events.tell('rejected', { turn: call.live.at(now()), ...code })
      this.#leave()
      throw error
    } finally {
      this.#figures.waitsNoMore(request.priority)
    }
  }

  get stats(): SchedulerStats {
    const { completed, failed, rejected, degraded, byPriority } = this.#figures
    const load = this.#adaptive?.load
    return {
      concurrency: this.#slots.capacity,
      running: this.#running.turns,
      waiting: this.#slots.waiting,
      deferred: this.#deferrals.count,
      ...{ completed, failed, rejected, degraded, byPriority },
      ...(load ? { load } : {}),
    }
  }

  /** Lets no more in, and ends when those that are have ended. Who waits for another day is refused. */
  async drain(waiting: 'finish' | 'refuse'): Promise<void> {
    this.#isDraining = true
    this.#refusesWaiting ||= waiting === 'refuse'
    for (const wait of [...this.#waits]) {
      if (this.#refusesWaiting || this.#deferred.has(wait)) wait.abort(draining())
    }
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
    await this.#budgets.close()
  }

  readonly #deferred = new Set<AbortController>()

  async #letIn(call: Call): Promise<TurnPass> {
    const { request } = call
    const { now, events } = this.#options
    const wait = new AbortController()
    const abort = (): void => wait.abort(request.signal.reason)
    request.signal.addEventListener('abort', abort)
    if (request.signal.aborted) abort()
    this.#waits.add(wait)
    try {
      for (;;) {
        const slot = await this.#slotFor(call, wait.signal)
        const grant = await this.#grantOf(call, slot, wait.signal)
        if ('settle' in grant) return this.#passOf(call, slot, grant)
        if (this.#isDraining) throw draining()
        events.tell('deferred', { turn: call.live.at(now()), until: grant.until })
        this.#deferred.add(wait)
        const clock = this.#options.clock ? now : () => request.now()
        await this.#deferrals.until(grant.until, clock, wait.signal)
        this.#deferred.delete(wait)
      }
    } finally {
      this.#deferred.delete(wait)
      this.#waits.delete(wait)
      request.signal.removeEventListener('abort', abort)
    }
  }

  /** Undefined: it goes without, or gets one when the session is its own. */
  async #slotFor(call: Call, signal: AbortSignal): Promise<Slot | undefined> {
    const { nested, queues } = call.request
    if (nested || (!queues && this.#running.has(call.sessionKey))) return undefined
    return this.#slots.enter(call, signal)
  }

  async #grantOf(call: Call, slot: Slot | undefined, signal: AbortSignal): ReturnType<Budgets['reserve']> {
    const { request, usual } = call
    const { clock, now } = this.#options
    let grant: Grant | undefined
    try {
      signal.throwIfAborted()
      const asked = await this.#budgets.reserve({
        ...{ turn: call.live.at(now()), store: request.store, leaseMs: request.leaseMs, cost: request.cost, usual },
        now: () => (clock ? now() : request.now()),
      })
      if ('settle' in asked) grant = asked
      else slot?.leave()
      signal.throwIfAborted()
      return asked
    } catch (error) {
      slot?.leave()
      await grant?.settle({ tokens: 0, micros: 0 })
      throw error
    }
  }

  #passOf(call: Call, slot: Slot | undefined, grant: Grant): Pass {
    const { events, now } = this.#options
    const turn = call.live.at(now())
    this.#figures.started(turn.priority, turn.waiting)
    if (grant.degraded !== undefined) {
      this.#figures.degraded++
      events.tell('degraded', { turn })
    }
    return new Pass(
      { call, turn, slot, grant },
      {
        force: () => this.#slots.force(call),
        now,
        events,
        figures: this.#figures,
        complexities: this.#complexities,
        over: () => this.#leave(),
      },
    )
  }

  #enter(call: Call): void {
    this.#underWay++
    this.#figures.waits(call.request.priority)
    this.#adaptive?.start()
  }

  #leave(): void {
    if (--this.#underWay > 0) return
    this.#adaptive?.stop()
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}

const draining = (): EverthreadError =>
  new EverthreadError('SCHEDULER_DRAINING', 'This process lets no more turns run: give the turn to another', {
    committed: 'no',
  })
