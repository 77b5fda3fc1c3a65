import type { Session, Turn } from '@everthread/core'
import type { RunnableConfig } from '@langchain/core/runnables'
import { TURN_PASS, type TurnPass } from './turn-pass.ts'

/** A run's right to write in its turn. The run ends when the turn does, or when a write of it has failed. */
export class RunPass {
  readonly #session: Session
  readonly #turn: Turn
  readonly #failed = new AbortController()

  constructor(session: Session, turn: Turn) {
    this.#session = session
    this.#turn = turn
  }

  /** The write that ended the run: LangGraph itself only says that it was aborted. */
  get failure(): unknown {
    return this.#failed.signal.reason
  }

  into(config: RunnableConfig | undefined): RunnableConfig {
    const { tenant, id: session } = this.#session
    const fail = (error: unknown): void => this.#failed.abort(error)
    const pass: TurnPass = { tenant, session, fence: this.#turn.lend(), fail }
    const signals = [this.#turn.signal, this.#failed.signal]
    return {
      ...config,
      signal: AbortSignal.any(config?.signal ? [config.signal, ...signals] : signals),
      configurable: { ...config?.configurable, [TURN_PASS]: pass },
    }
  }
}
