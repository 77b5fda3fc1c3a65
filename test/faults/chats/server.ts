import type { Chunk } from '../../interop/ai-sdk/chat/ground.ts'
import { type Child, startChild, type Where } from '../turns/child.ts'

export interface ServerOptions {
  where: Where
  major: 6 | 7
  leaseMs: number
}

/** What a server of `answer-child.ts` says of a request. */
export interface Told {
  tenant: string
  held?: true
  chunk?: Chunk
  outcome?: string
}

/** A request, as its client and its server see it. */
export class Asked {
  readonly chunks: Chunk[] = []
  readonly held: PromiseWithResolvers<void> = Promise.withResolvers<void>()
  readonly outcome: PromiseWithResolvers<string> = Promise.withResolvers<string>()

  hear({ held, chunk, outcome }: Told): void {
    if (held) this.held.resolve()
    if (chunk) this.chunks.push(chunk)
    if (outcome) this.outcome.resolve(outcome)
  }
}

/** A process that answers chats. */
export class Server {
  readonly #child: Child
  readonly #asked = new Map<string, Asked>()
  #isEnding = false

  constructor(options: ServerOptions) {
    this.#child = startChild('../chats/answer', options)
    void this.#listen()
  }

  /** Begins to answer a message, and holds before a chunk of the model. */
  async answer(tenant: string, id: string, at: number): Promise<Asked> {
    const asked = new Asked()
    this.#asked.set(tenant, asked)
    this.#tell(`ask ${tenant} ${id} ${at}`)
    await asked.held.promise
    return asked
  }

  goOn(tenant: string): Promise<string> {
    this.#tell(`go ${tenant}`)
    return (this.#asked.get(tenant) as Asked).outcome.promise
  }

  async kill(): Promise<void> {
    this.#isEnding = true
    await this.#child.kill()
  }

  #tell(line: string): void {
    this.#child.process.stdin?.write(`${line}\n`)
  }

  async #listen(): Promise<void> {
    try {
      for (;;) {
        const told = JSON.parse(await this.#child.line()) as Told
        this.#asked.get(told.tenant)?.hear(told)
      }
    } catch (error) {
      for (const { held, outcome } of this.#asked.values()) {
        held.reject(error)
        if (!this.#isEnding) outcome.reject(error)
      }
    }
  }
}
