import { inspect } from 'node:util'
import type { RunnableConfig } from '@langchain/core/runnables'
import type { BaseCheckpointSaver, StateSnapshot } from '@langchain/langgraph'

/** Plays graphs on a checkpointer; what it gives must not depend on which. */
export interface Scenario {
  name: string
  play(given: Given): Promise<unknown>
}

export interface Given {
  /** For each compilation: a new process would have a new one. */
  saver(): BaseCheckpointSaver
  config: RunnableConfig & { configurable: { thread_id: string } }
}

interface Inspectable {
  getState(config: RunnableConfig, options?: { subgraphs?: boolean }): Promise<StateSnapshot>
  getStateHistory(config: RunnableConfig): AsyncIterableIterator<StateSnapshot>
}

/** All that a graph says of a thread: its state, that of its subgraphs, and the whole history. */
export async function account(graph: Inspectable, { config }: Pick<Given, 'config'>): Promise<unknown> {
  const history: unknown[] = []
  for await (const snapshot of graph.getStateHistory(config)) history.push(view(snapshot))
  return { now: view(await graph.getState(config, { subgraphs: true })), history }
}

export const historyOf = async (graph: Inspectable, { config }: Pick<Given, 'config'>): Promise<StateSnapshot[]> => {
  const history: StateSnapshot[] = []
  for await (const snapshot of graph.getStateHistory(config)) history.push(snapshot)
  return history
}

export function view({ values, next, metadata, tasks, config, parentConfig }: StateSnapshot): unknown {
  return {
    id: config.configurable?.checkpoint_id,
    parent: parentConfig?.configurable?.checkpoint_id,
    values,
    next,
    metadata,
    tasks: tasks.map(({ name, path, error, interrupts, state, id }) => ({
      id,
      name,
      path,
      error,
      interrupts,
      state: state && 'values' in state ? view(state as StateSnapshot) : undefined,
    })),
  }
}

const IDS = /[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}/g

/** As text that shows every class, with random ids named in the order in which they appear. */
export function toText(outcome: unknown): string {
  const names = new Map<string, string>()
  const text = inspect(outcome, { depth: null, maxArrayLength: null, maxStringLength: null, sorted: true })
  return text.replaceAll(IDS, (id) => {
    const name = names.get(id) ?? `id-${names.size}`
    names.set(id, name)
    return name
  })
}
