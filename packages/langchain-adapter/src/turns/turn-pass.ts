import { EverthreadError, type Fence } from '@everthread/core'
import type { RunnableConfig } from '@langchain/core/runnables'

/** Where a run's configuration carries the right to write: LangGraph hands it to the checkpointer as it is. */
export const TURN_PASS = 'everthread_turn'

export interface TurnPass {
  tenant: string
  session: string
  fence: Fence
  /** Ends the run, of which a write has failed. */
  fail(error: unknown): void
}

/**
 * The fence of the turn that a put is part of. A graph on another thread, called from within the turn, inherits the
 * configuration and has no part in it.
 *
 * @throws `TENANT_MISMATCH`
 */
export function fenceOf(config: RunnableConfig, tenant: string, thread: string): Fence | undefined {
  const pass: unknown = config.configurable?.[TURN_PASS]
  if (!isPass(pass) || pass.session !== thread) return undefined
  if (pass.tenant !== tenant) {
    throw new EverthreadError('TENANT_MISMATCH', 'Give the saver and the SessionManager of withTurns the same tenant')
  }
  return pass.fence
}

const isPass = (value: unknown): value is TurnPass => typeof value === 'object' && value !== null && 'fence' in value

/** How long a run has to hear of its end, ms. */
const HEARING_MS = 100

/**
 * A write of a run. LangGraph looks at the promises of its saver only when a run is over, and Node ends a process in
 * which one fails before. So a write that fails in a turn ends the run, and says so when the run has heard of its end.
 */
export async function writeInTurn<T>(config: RunnableConfig, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const pass: unknown = config.configurable?.[TURN_PASS]
    if (isPass(pass) && pass.session === String(config.configurable?.thread_id)) {
      pass.fail(error)
      await new Promise((resolve) => setTimeout(resolve, HEARING_MS))
    }
    throw error
  }
}
