import { EverthreadError, type Session, type SessionManager, type Turn, type TurnOptions } from '@everthread/core'
import type { RunnableConfig } from '@langchain/core/runnables'
import { IterableReadableStream } from '@langchain/core/utils/stream'
import { threadOf } from '../saver/config.ts'
import { RunPass } from './run-pass.ts'
import { type AnyStream, turnStream } from './turn-stream.ts'

/** What a run says of itself to the scheduler of the session manager. */
export type RunHints = Pick<TurnOptions, 'priority' | 'cost' | 'complexity'>

export interface WithTurnsOptions extends Pick<TurnOptions, 'onBusy' | 'onRecover'>, RunHints {
  /** On the store and the tenant of the graph's saver. */
  sessions: SessionManager
  /** Of one run, by its configuration; what it leaves out is as above. */
  hints?(config: RunnableConfig | undefined): RunHints
}

type Call = (...args: unknown[]) => unknown

/**
 * The graph with every run a turn of its thread: one at a time, in whichever process, each write checked by the store.
 * `invoke`, `stream`, `streamEvents` and `updateState` wait until the thread is free (`onBusy` says otherwise); what
 * only reads passes. A stream holds its turn until the run is over or the stream is cancelled. Calls from within the
 * turn are part of it.
 *
 * ```ts
 * const graph = withTurns(builder.compile({ checkpointer: new EverthreadSaver({ store }) }), {
 *   sessions: new SessionManager({ store }),
 * })
 * ```
 *
 * @throws `GRAPH_INVALID`
 */
export function withTurns<G extends object>(graph: G, options: WithTurnsOptions): G {
  if (typeof Reflect.get(graph, 'invoke') !== 'function') {
    throw new EverthreadError('GRAPH_INVALID', 'Give withTurns a compiled graph: withTurns(builder.compile(...), ...)')
  }
  const { sessions, hints, ...turnOptions } = options
  const service = sessions.asService('withTurns')
  const runs = new GraphRuns(
    graph,
    (thread) => service.open(thread),
    (config) => ({ ...turnOptions, ...hints?.(config) }),
  )
  const methods: Record<string, Call> = {
    invoke: (input, config) => runs.call('invoke', config, (own) => [input, own]),
    updateState: (config, ...rest) => runs.call('updateState', config, (own) => [own, ...rest]),
    bulkUpdateState: (config, ...rest) => runs.call('bulkUpdateState', config, (own) => [own, ...rest]),
    stream: async (input, config) => runs.stream('stream', config, (own) => [input, own]),
    streamEvents: (input, config, ...rest) => runs.streamEvents(config, (own) => [input, own, ...rest]),
    withConfig: (config) => withTurns(runs.target('withConfig')(config) as object, options),
  }
  return new Proxy(graph, {
    get: (target, name, receiver) =>
      typeof name === 'string' && Object.hasOwn(methods, name) && name in target
        ? methods[name]
        : Reflect.get(target, name, receiver),
  })
}

/** Which arguments a method takes, given the configuration of the turn. */
type Arguments = (config: RunnableConfig | undefined) => unknown[]

class GraphRuns {
  readonly #graph: object
  readonly #open: (thread: string) => Session
  readonly #options: (config: RunnableConfig | undefined) => TurnOptions

  constructor(
    graph: object,
    open: (thread: string) => Session,
    options: (config: RunnableConfig | undefined) => TurnOptions,
  ) {
    this.#graph = graph
    this.#open = open
    this.#options = options
  }

  target(method: string): Call {
    return (Reflect.get(this.#graph, method) as Call).bind(this.#graph)
  }

  async call(method: string, given: unknown, args: Arguments): Promise<unknown> {
    const config = given as RunnableConfig | undefined
    const session = this.#session(config)
    if (!session) return this.target(method)(...args(config))
    const run = async (turn: Turn): Promise<unknown> => {
      const pass = new RunPass(session, turn)
      try {
        return await this.target(method)(...args(pass.into(config)))
      } catch (error) {
        throw pass.failure ?? error
      }
    }
    const around = session.currentTurn
    return around ? run(around) : session.turn(run, this.#turnOptions(config))
  }

  stream(method: string, given: unknown, args: Arguments): AnyStream | Promise<unknown> {
    const config = given as RunnableConfig | undefined
    const session = this.#session(config)
    if (!session) return this.target(method)(...args(config)) as Promise<unknown>
    const target = this.target(method)
    async function* run(turn: Turn): AsyncGenerator<unknown> {
      const pass = new RunPass(session as Session, turn)
      try {
        yield* (await target(...args(pass.into(config)))) as AnyStream
      } catch (error) {
        throw pass.failure ?? error
      }
    }
    const around = session.currentTurn
    if (around) return IterableReadableStream.fromAsyncGenerator(run(around))
    return turnStream(session, run, this.#turnOptions(config))
  }

  /** Version 3 is a run of its own kind, made of `stream`: that is where its turn is. */
  streamEvents(given: unknown, args: Arguments): unknown {
    const config = given as RunnableConfig & { version?: string }
    if (config?.version !== 'v3') return this.stream('streamEvents', config, args)
    // It calls `stream` of the graph that it is called on: a copy, whose `stream` is ours.
    const copy = this.target('withConfig')({}) as { stream: unknown; streamEvents: Call }
    copy.stream = async (input: unknown, own: unknown) => this.stream('stream', own, (turned) => [input, turned])
    return copy.streamEvents(...args(config))
  }

  #session(config: RunnableConfig | undefined): Session | undefined {
    const bound = Reflect.get(this.#graph, 'config') as RunnableConfig | undefined
    const thread = threadOf({ configurable: { ...bound?.configurable, ...config?.configurable } })
    return thread === undefined ? undefined : this.#open(thread)
  }

  #turnOptions(config: RunnableConfig | undefined): TurnOptions {
    const options = this.#options(config)
    return config?.signal ? { ...options, signal: config.signal } : options
  }
}
