import { AsyncLocalStorage } from 'node:async_hooks'
import type { Partition } from '../contract/store.ts'
import type { Turn } from './turn.ts'

/** The turns around a call, innermost first. */
interface Around {
  partition: Partition
  turn: Turn
  outer: Around | undefined
}

const calls = new AsyncLocalStorage<Around>()

/** Runs what is inside a turn, so that it finds the turn. */
export function inside<T>(partition: Partition, turn: Turn, run: () => T): T {
  return calls.run({ partition, turn, outer: calls.getStore() }, run)
}

/** The turn of this session that the running code is in, while it may write. */
export function turnAround({ tenant, id }: Partition): Turn | undefined {
  for (let at = calls.getStore(); at; at = at.outer) {
    if (at.partition.id === id && at.partition.tenant === tenant && at.turn.isActive) return at.turn
  }
  return undefined
}
