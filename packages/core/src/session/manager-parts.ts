import type { Store } from '../contract/store.ts'
import type { SessionDesks } from './session-desks.ts'
import type { SessionService } from './session-service.ts'

/** What a session manager is made of, for what else works on the same sessions. */
export interface ManagerParts {
  store: Store
  service: SessionService
  desks: SessionDesks
  /** Sweeps unless the signal aborts; one sweep at a time in this process. */
  sweep(signal: AbortSignal): Promise<number>
  /** @throws `SESSIONS_CLOSED` */
  assertOpen(): void
  /** Called when the manager closes. Gives what takes it off again. */
  onClose(close: () => Promise<void>): () => void
}

const parts = new WeakMap<object, ManagerParts>()

export const setParts = (manager: object, its: ManagerParts): void => {
  parts.set(manager, its)
}

export const partsOf = (manager: object): ManagerParts | undefined => parts.get(manager)
