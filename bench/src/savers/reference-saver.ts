import type { RunnableConfig } from '@langchain/core/runnables'
import {
  BaseCheckpointSaver,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointPendingWrite,
  type CheckpointTuple,
  getCheckpointId,
  type PendingWrite,
} from '@langchain/langgraph-checkpoint'

/**
 * Keeps references to what the graph hands over and does nothing else: the floor under every saver's time. Good for
 * one thread whose messages nobody mutates afterwards; then it also is the full record of every checkpoint.
 */
export class ReferenceSaver extends BaseCheckpointSaver {
  readonly #tuples = new Map<string, CheckpointTuple>()
  #newest: string | undefined

  override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    const id = getCheckpointId(config) || this.#newest
    return id === undefined ? undefined : this.#tuples.get(id)
  }

  override async *list(_config: RunnableConfig, options: CheckpointListOptions = {}): AsyncGenerator<CheckpointTuple> {
    yield* [...this.#tuples.values()].reverse().slice(0, options.limit)
  }

  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    const { thread_id, checkpoint_ns = '', checkpoint_id: parent } = config.configurable ?? {}
    // Only channels with a new version are a saver's to store; all others are as the parent has them.
    const channel_values = { ...this.#tuples.get(parent)?.checkpoint.channel_values }
    for (const channel of Object.keys(newVersions)) {
      if (channel in checkpoint.channel_values) channel_values[channel] = checkpoint.channel_values[channel]
      else delete channel_values[channel]
    }
    const own = { configurable: { thread_id, checkpoint_ns, checkpoint_id: checkpoint.id } }
    this.#tuples.set(checkpoint.id, {
      config: own,
      checkpoint: { ...checkpoint, channel_values },
      metadata,
      pendingWrites: [],
      ...(parent && { parentConfig: { configurable: { thread_id, checkpoint_ns, checkpoint_id: parent } } }),
    })
    this.#newest = checkpoint.id
    return own
  }

  override async putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string): Promise<void> {
    const tuple = this.#tuples.get(getCheckpointId(config))
    for (const [channel, value] of writes)
      tuple?.pendingWrites?.push([taskId, channel, value] as CheckpointPendingWrite)
  }

  override async deleteThread(): Promise<void> {
    this.#tuples.clear()
    this.#newest = undefined
  }
}

/** The same, and what seeing every in-place mutation costs when it is done plainly: all messages, at every put. */
export class WalkingReferenceSaver extends ReferenceSaver {
  #snapshot: unknown[] = []
  /** Elements found changed or new, so that the walk cannot be optimised away. */
  changes = 0

  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    const messages = (checkpoint.channel_values.messages ?? []) as unknown[]
    messages.forEach((message, index) => {
      if (sameTree(message, this.#snapshot[index])) return
      this.#snapshot[index] = copyTree(message)
      this.changes += 1
    })
    return super.put(config, checkpoint, metadata, newVersions)
  }
}

function copyTree(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(copyTree)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyTree(inner)]))
}

function sameTree(live: unknown, kept: unknown): boolean {
  if (live === null || typeof live !== 'object') return live === kept
  if (kept === null || typeof kept !== 'object') return false
  const keys = Object.keys(live)
  if (keys.length !== Object.keys(kept).length) return false
  return keys.every((key) => sameTree((live as Record<string, unknown>)[key], (kept as Record<string, unknown>)[key]))
}
