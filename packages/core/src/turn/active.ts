import { AsyncLocalStorage } from 'node:async_hooks'
import type { TurnDesk } from './desk.ts'
import type { TurnGate } from './gate.ts'
import type { Turn } from './turn.ts'

/** Sessions of the same id on other stores are others. */
type Place = Pick<TurnDesk, 'store' | 'partition' | 'gate'>

/** The turns around a call, innermost first. */
interface Around {
  place: Place
  turn: Turn
  outer: Around | undefined
}

const calls = new AsyncLocalStorage<Around>()

/** Runs what is inside a turn, so that it finds the turn. */
export function inside<T>(place: Place, turn: Turn, run: () => T): T {
  return calls.run({ place, turn, outer: calls.getStore() }, run)
}

/** The turn of this session that the running code is in, while it may write. */
export function turnAround({ store, partition: { tenant, id } }: Omit<Place, 'gate'>): Turn | undefined {
  for (let at = calls.getStore(); at; at = at.outer) {
    const { partition } = at.place
    const same = at.place.store === store && partition.tenant === tenant && partition.id === id
    if (same && at.turn.isActive) return at.turn
  }
  return undefined
}

/** Whether the running code is in a turn, of whichever session, that this gate has let in. */
export function isInsideTurnOf(gate: TurnGate): boolean {
  for (let at = calls.getStore(); at; at = at.outer) {
    if (at.place.gate === gate && at.turn.isActive) return true
  }
  return false
}
