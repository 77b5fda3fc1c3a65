import type { EverthreadSaver } from '@everthread/langchain-adapter'
import { AIMessage, type BaseMessage, HumanMessage } from '@langchain/core/messages'
import type { RunnableConfig } from '@langchain/core/runnables'
import { type Checkpoint, type CheckpointTuple, uuid6 } from '@langchain/langgraph-checkpoint'

export type State = Record<string, unknown>

/** A checkpoint that a saver has acknowledged, and the state that it must give back. */
export interface Known {
  config: RunnableConfig
  parent: string | undefined
  state: State
  depth: number
}

export const configurable = (config: RunnableConfig): Record<string, unknown> => config.configurable ?? {}

/** The state one step on: every kind of channel grows by what only this branch says. */
export function grow(state: State, name: string): State {
  const {
    messages = [],
    notes = [],
    files = {},
  } = state as {
    messages?: BaseMessage[]
    notes?: object[]
    files?: Record<string, string>
  }
  return {
    messages: [
      ...messages,
      new HumanMessage({ id: `${name}-h`, content: `What of ${name}?` }),
      new AIMessage({ id: `${name}-a`, content: `${name} it is. `.repeat(30) }),
    ],
    notes: [...notes, { of: name, words: `note of ${name} `.repeat(40) }],
    files: { ...files, [name]: `file of ${name} `.repeat(40), last: name },
    blob: `${name} `.repeat(400),
    small: name,
    lookup: new Map([[name, new Set([name])]]),
  }
}

/** Puts the state under the parent. Versions say only how deep it stands, so that those of siblings are equal. */
export async function putChild(
  saver: EverthreadSaver,
  thread: string,
  parent: Known | undefined,
  name: string,
): Promise<Known> {
  const state = grow(parent?.state ?? {}, name)
  const depth = (parent?.depth ?? 0) + 1
  const versions = Object.fromEntries(Object.keys(state).map((channel) => [channel, depth]))
  const id = uuid6(depth)
  const checkpoint: Checkpoint = {
    v: 4,
    id,
    ts: new Date().toISOString(),
    channel_values: state,
    channel_versions: versions,
    versions_seen: {},
  }
  const config = parent?.config ?? { configurable: { thread_id: thread, checkpoint_ns: '' } }
  const metadata = { source: 'loop' as const, step: depth, parents: {} }
  const parentId = parent && (configurable(parent.config).checkpoint_id as string)
  return { config: await saver.put(config, checkpoint, metadata, versions), parent: parentId, state, depth }
}

/** All of a thread's checkpoints, by id. */
export async function listed(saver: EverthreadSaver, thread: string): Promise<Map<string, CheckpointTuple>> {
  const tuples = new Map<string, CheckpointTuple>()
  for await (const tuple of saver.list({ configurable: { thread_id: thread } })) tuples.set(tuple.checkpoint.id, tuple)
  return tuples
}
