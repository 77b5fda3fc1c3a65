import { CheckpointEngine, EverthreadError, type LoadedCheckpoint, type Pruned } from '@everthread/core'
import type { RunnableConfig } from '@langchain/core/runnables'
import {
  BaseCheckpointSaver,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointTuple,
  type DeltaChannelHistory,
  INTERRUPT,
  type PendingWrite,
  type SerializerProtocol,
  WRITES_IDX_MAP,
} from '@langchain/langgraph-checkpoint'
import { giveMessageIds } from '../messages/message-ids.ts'
import { fenceOf, writeInTurn } from '../turns/turn-pass.ts'
import { channelsOf, unwrapSnapshots } from './channels.ts'
import { ChosenParents } from './chosen-parents.ts'
import { checkId, checkpointOf, checkThread, configOf, namespaceOf, placeOf, sessionOf, threadOf } from './config.ts'
import { deltaHistory } from './delta-history.ts'
import { dump, dumpAll, undump, undumpAll } from './dumped.ts'
import { matchesFilter } from './filter.ts'
import { saverFormat } from './format.ts'
import { handedTo, handNothing, handOver } from './hand-over.ts'
import { checkpointFrom, headerOf } from './header.ts'
import { heardLate } from './heard-late.ts'
import { HistorySizes } from './history-sizes.ts'
import { migratePendingSends, needsPendingSends } from './pending-sends.ts'
import { keepBy, type PruneOptions } from './prune.ts'
import type { EverthreadSaverOptions } from './saver-options.ts'
import { allThreads, listThreads, type ThreadPage, type ThreadQuery } from './threads.ts'

/**
 * A LangGraph checkpointer on an Everthread store: every checkpoint is whole, forks cannot touch each other, and
 * what is stored grows with the conversation instead of with its square.
 *
 * ```ts
 * const graph = builder.compile({ checkpointer: new EverthreadSaver({ store: sqliteStore('agents.db') }) })
 * ```
 */
export class EverthreadSaver extends BaseCheckpointSaver {
  readonly #engine: CheckpointEngine
  readonly #serde: SerializerProtocol | undefined
  readonly #messagesChannel: string
  readonly #tenant: string
  readonly #rejects: boolean
  /** Checkpoints that runs were told to go on from. */
  readonly #chosen = new ChosenParents()
  readonly #sizes: HistorySizes

  constructor(options: EverthreadSaverOptions) {
    super(options.serde)
    const { store, serde, tenant = 'default', messagesChannel = 'messages', share = false, cacheBytes } = options
    const { concurrency = 'fork' } = options
    if (!store) throw new EverthreadError('STORE_MISSING', 'Give the saver a store: new EverthreadSaver({ store })')
    if (concurrency !== 'fork' && concurrency !== 'reject') {
      throw new EverthreadError('CONCURRENCY_INVALID', "Give concurrency as 'fork' or 'reject'")
    }
    this.#serde = serde
    this.#tenant = tenant
    this.#rejects = concurrency === 'reject'
    this.#messagesChannel = messagesChannel
    this.#sizes = new HistorySizes(messagesChannel, serde !== undefined)
    this.#engine = new CheckpointEngine({
      store,
      share,
      format: saverFormat({ ownSerde: serde !== undefined, share }),
      historyChannel: messagesChannel,
      tenant,
      ...(cacheBytes === undefined ? {} : { cacheBytes }),
    })
  }

  override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    const thread = threadOf(config)
    if (thread === undefined) return undefined
    const place = placeOf(config)
    if (this.#rejects) this.#chosen.note(place)
    const loaded = await this.#engine.load(thread, place.namespace, place.checkpoint)
    if (!loaded) return undefined
    const tuple = await this.#tuple(thread, loaded)
    this.#sizes.handedOut({ ...place, checkpoint: loaded.id }, tuple)
    if (place.checkpoint !== undefined) handNothing(tuple, config)
    else if (place.namespace === '' && !this.#serde) this.#handOver(place.thread, tuple, loaded)
    return tuple
  }

  override async *list(config: RunnableConfig, options: CheckpointListOptions = {}): AsyncGenerator<CheckpointTuple> {
    const { filter, limit = Number.POSITIVE_INFINITY } = options
    if (limit <= 0) return
    const thread = threadOf(config)
    const namespace = namespaceOf(config)
    const id = checkpointOf(config)
    const before = options.before && checkpointOf(options.before)
    const query = { ...(namespace === undefined ? {} : { namespace }), ...(before === undefined ? {} : { before }) }
    let left = limit
    for await (const session of thread === undefined ? allThreads(this.#engine) : [thread]) {
      for await (const loaded of this.#engine.list(session, query)) {
        if (id !== undefined && loaded.id !== id) continue
        const tuple = await this.#tuple(session, loaded)
        if (!matchesFilter(tuple.metadata, filter)) continue
        yield tuple
        left -= 1
        if (left <= 0) return
      }
    }
  }

  override put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    return writeInTurn(config, () => this.#put(config, checkpoint, metadata, newVersions))
  }

  async #put(
    ...[config, checkpoint, metadata, newVersions]: Parameters<BaseCheckpointSaver['put']>
  ): Promise<RunnableConfig> {
    const place = placeOf(config)
    const ownSerde = this.#serde !== undefined
    const channels = channelsOf(checkpoint, { newVersions, source: metadata.source, ownSerde })
    const changed = this.#serde ? await dumpAll(this.#serde, channels.changed) : channels.changed
    const fence = fenceOf(config, this.#tenant, place.thread)
    const tookIn = Object.hasOwn(newVersions, this.#messagesChannel)
    const handed = tookIn ? handedTo(config, place) : undefined
    await this.#engine.put(place.thread, {
      namespace: place.namespace,
      id: checkId(checkpoint.id, "the checkpoint's id", 'CHECKPOINT_ID_INVALID'),
      parentId: place.checkpoint,
      header: headerOf(checkpoint, metadata),
      ...channels,
      changed,
      ...sessionOf(config),
      fence,
      handed,
      messages: this.#sizes.of(place, checkpoint, { tookIn, handed: handed !== undefined }),
      onTip: this.#rejects && !this.#chosen.take(place),
    })
    return configOf(place, checkpoint.id)
  }

  override putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string, taskPath?: string): Promise<void> {
    return heardLate(writeInTurn(config, () => this.#putWrites(config, writes, taskId, taskPath)))
  }

  async #putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string, taskPath?: string): Promise<void> {
    const place = placeOf(config)
    if (place.checkpoint === undefined) {
      throw new EverthreadError('CHECKPOINT_ID_MISSING', 'Give the checkpoint_id that the writes belong to')
    }
    for (const [channel, value] of writes) if (channel === this.#messagesChannel) giveMessageIds(value)
    this.#sizes.written(place, taskId, writes)
    const serde = this.#serde
    const values = writes.map(([, value]) => (serde ? dump(serde, value) : value))
    const settled = serde ? await Promise.all(values) : values
    const fence = fenceOf(config, this.#tenant, place.thread)
    await this.#engine.putWrites(place.thread, {
      namespace: place.namespace,
      checkpointId: place.checkpoint,
      task: checkId(taskId, 'the task id', 'TASK_ID_INVALID'),
      path: taskPath,
      writes: writes.map(([channel], i) => ({ index: indexOf(channel, i), channel, value: settled[i] })),
      fence,
      waits: writes.some(([channel]) => channel === INTERRUPT),
    })
  }

  override async deleteThread(threadId: string): Promise<void> {
    await this.#engine.delete(checkThread(threadId))
  }

  override async getDeltaChannelHistory(options: {
    config: RunnableConfig
    channels: string[]
  }): Promise<Record<string, DeltaChannelHistory>> {
    const { config, channels } = options
    const thread = threadOf(config)
    const id = checkpointOf(config)
    const ancestors =
      thread === undefined || id === undefined ? [] : this.#engine.ancestors(thread, namespaceOf(config) ?? '', id)
    const history = await deltaHistory(ancestors, channels, (value) => this.#revive(value))
    if (thread !== undefined && id !== undefined) {
      const place = { thread, namespace: namespaceOf(config) ?? '', checkpoint: id }
      this.#sizes.fromWrites(place, history[this.#messagesChannel])
    }
    return history
  }

  /**
   * Copies a thread with all of its checkpoints. Nothing of it is visible before all of it is.
   *
   * @throws `SESSION_NOT_FOUND`, `SESSION_EXISTS`
   */
  async copyThread(from: string, to: string): Promise<void> {
    await this.#engine.copies.copy(checkThread(from), checkThread(to))
  }

  /**
   * Removes checkpoints of a thread, or of all threads: those that are neither among the newest `keepLast` of their
   * namespace nor newer than `olderThan`. Stays in any case: the newest one, what waits for an answer to an interrupt,
   * and what a kept checkpoint needs. Entries that nothing refers to any more go with them.
   *
   * @throws `PRUNE_INVALID`
   */
  async pruneCheckpoints(options: PruneOptions): Promise<Pruned> {
    const keep = keepBy(options)
    const total = { removed: 0, kept: 0 }
    const { threadId } = options
    for await (const session of threadId === undefined ? allThreads(this.#engine) : [checkThread(threadId)]) {
      const { removed, kept } = await this.#engine.prune(session, keep)
      total.removed += removed
      total.kept += kept
    }
    return total
  }

  /** Threads, newest first, of one user or of all. `filter` compares with the metadata that runs were given. */
  listThreads(query: ThreadQuery = {}): Promise<ThreadPage> {
    return listThreads(this.#engine, query)
  }

  #handOver(thread: string, tuple: CheckpointTuple, loaded: LoadedCheckpoint): void {
    const handed = handOver(tuple, loaded, this.#messagesChannel)
    if (handed) this.#sizes.handedOver({ thread, namespace: '', checkpoint: loaded.id }, handed)
  }

  async #tuple(thread: string, loaded: LoadedCheckpoint): Promise<CheckpointTuple> {
    unwrapSnapshots(loaded.channels)
    if (this.#serde) await undumpAll(this.#serde, loaded)
    const { checkpoint, metadata } = checkpointFrom(loaded)
    const { namespace, parentId } = loaded
    if (needsPendingSends(checkpoint, parentId)) {
      const parent = await this.#engine.load(thread, namespace, parentId)
      migratePendingSends(checkpoint, parent, this.getNextVersion(undefined))
    }
    const tuple: CheckpointTuple = {
      config: configOf({ thread, namespace }, loaded.id),
      checkpoint,
      metadata,
      pendingWrites: loaded.writes.map(({ task, channel, value }) => [task, channel, value]),
    }
    if (parentId !== undefined) tuple.parentConfig = configOf({ thread, namespace }, parentId)
    return tuple
  }

  async #revive(value: unknown): Promise<unknown> {
    return this.#serde ? undump(this.#serde, value) : value
  }
}

/** Special channels have places of their own; a channel may be called as a property that every object has. */
const indexOf = (channel: string, position: number): number =>
  Object.hasOwn(WRITES_IDX_MAP, channel) ? (WRITES_IDX_MAP[channel] ?? position) : position
