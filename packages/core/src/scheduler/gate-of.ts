import type { TurnGate } from '../turn/gate.ts'

const gates = new WeakMap<object, TurnGate>()

/** What a scheduler lets turns in by, for the session managers that it is given to. */
export const setGate = (scheduler: object, gate: TurnGate): void => {
  gates.set(scheduler, gate)
}

export const gateOf = (scheduler: unknown): TurnGate | undefined =>
  typeof scheduler === 'object' && scheduler !== null ? gates.get(scheduler) : undefined
