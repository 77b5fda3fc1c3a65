import type { Row, Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import type { RunnableConfig } from '@langchain/core/runnables'
import { type Checkpoint, type CheckpointMetadata, type CheckpointTuple, uuid6 } from '@langchain/langgraph-checkpoint'
import { expect } from 'vitest'
import { EverthreadSaver, type EverthreadSaverOptions } from '../../src/index.ts'

export const METADATA: CheckpointMetadata = { source: 'loop', step: 0, parents: {} }

export interface PutOptions {
  thread?: string
  namespace?: string
  /** The checkpoint that this one follows. */
  parent?: RunnableConfig
  metadata?: Partial<CheckpointMetadata>
  id?: string
  ts?: string
  /** Beside what stands for the place of a checkpoint: `user_id`, and the run's metadata. */
  config?: RunnableConfig
}

/** A store with savers on it. Everything is put in full: every channel given is a new version. */
export class Scene {
  readonly store: Store
  readonly saver: EverthreadSaver

  constructor(options: Partial<EverthreadSaverOptions> = {}) {
    this.store = options.store ?? memoryStore()
    this.saver = new EverthreadSaver({ ...options, store: this.store })
  }

  /** A saver that knows nothing of what the first did. */
  another(options: Partial<EverthreadSaverOptions> = {}): EverthreadSaver {
    return new EverthreadSaver({ store: this.store, ...options })
  }

  put(values: Record<string, unknown>, options: PutOptions = {}, saver = this.saver): Promise<RunnableConfig> {
    const { thread = 'thread', namespace = '', parent, metadata, id = uuid6(0), ts, config = {} } = options
    const versions = Object.fromEntries(Object.keys(values).map((channel) => [channel, 1]))
    const checkpoint: Checkpoint = {
      v: 4,
      id,
      ts: ts ?? new Date().toISOString(),
      channel_values: values,
      channel_versions: versions,
      versions_seen: {},
    }
    const place = { thread_id: thread, checkpoint_ns: namespace, ...parent?.configurable }
    const whole = { ...config, configurable: { ...config.configurable, ...place } }
    return saver.put(whole, checkpoint, { ...METADATA, ...metadata }, versions)
  }

  /** All rows of a thread's partition. */
  async rows(thread = 'thread', tenant = 'default'): Promise<Row[]> {
    const { rows } = await this.store.read({ tenant, id: thread }, [{ prefix: '', limit: 100_000 }])
    return rows[0] ?? []
  }
}

export const at = (thread: string, namespace = ''): RunnableConfig => ({
  configurable: { thread_id: thread, checkpoint_ns: namespace },
})

export async function all(listing: AsyncIterable<CheckpointTuple>): Promise<CheckpointTuple[]> {
  const tuples: CheckpointTuple[] = []
  for await (const tuple of listing) tuples.push(tuple)
  return tuples
}

export const withCode = (code: string): object => expect.objectContaining({ name: 'EverthreadError', code })
