import {
  CheckpointEngine,
  contentSnapshots,
  createSerialiser,
  type LoadedCheckpoint,
  type Store,
} from '@everthread/core'

const { stringify, parse } = createSerialiser()

/** Values as they are; a message of the history is an object with a role. */
const format = {
  stringify,
  parse,
  snapshots: contentSnapshots(),
  history: {
    accepts: (value: unknown): boolean => typeof value === 'object' && value !== null && 'role' in value,
    encode: (message: unknown): string => stringify(message),
    decode: parse,
  },
}

export interface Said {
  role: string
  id: string
  text: string
}

export const say = (id: string, text: string = `words of ${id}`): Said => ({ role: 'user', id, text })

export const checkpointId = (n: number): string => `1f0${String(n).padStart(6, '0')}`

/** A process at work on the session `chat`. */
export class Scene {
  readonly engine: CheckpointEngine
  readonly session: string

  constructor(
    on: Store | CheckpointEngine,
    options: { session?: string; cacheBytes?: number; cacheSessions?: number } = {},
  ) {
    const { session = 'chat', ...caches } = options
    this.session = session
    this.engine =
      on instanceof CheckpointEngine
        ? on
        : new CheckpointEngine({ store: on, format, historyChannel: 'messages', ...caches })
  }

  put(
    n: number,
    parent: number | undefined,
    changed: Record<string, unknown>,
    { emptied = [], namespace = '', header = { n } }: { emptied?: string[]; namespace?: string; header?: unknown } = {},
  ): Promise<void> {
    return this.engine.put(this.session, {
      namespace,
      id: checkpointId(n),
      parentId: parent === undefined ? undefined : checkpointId(parent),
      header,
      changed: new Map(Object.entries(changed)),
      emptied: new Set([...Object.keys(changed), ...emptied]),
      carries: () => true,
      needsParent: parent !== undefined,
      userId: undefined,
      metadata: undefined,
      fence: undefined,
    })
  }

  write(n: number, task: string, values: Record<string, unknown>, index: number = 0): Promise<void> {
    return this.engine.putWrites(this.session, {
      namespace: '',
      checkpointId: checkpointId(n),
      task,
      path: undefined,
      writes: Object.entries(values).map(([channel, value], i) => ({
        index: index < 0 ? index - i : index + i,
        channel,
        value,
      })),
      fence: undefined,
    })
  }

  load(n?: number, namespace: string = ''): Promise<LoadedCheckpoint | undefined> {
    return this.engine.load(this.session, namespace, n === undefined ? undefined : checkpointId(n))
  }

  async channels(n?: number): Promise<Record<string, unknown> | undefined> {
    return (await this.load(n))?.channels
  }

  async writes(n?: number): Promise<unknown[] | undefined> {
    return (await this.load(n))?.writes.map(({ task, index, channel, value }) => [task, index, channel, value])
  }

  async ids(): Promise<string[]> {
    const ids: string[] = []
    for await (const { id } of this.engine.list(this.session, {})) ids.push(id)
    return ids
  }

  /** Checkpoints 0 to count - 1, each with one more message. Gives the messages. */
  async chat(count: number, from: number = 0, before: Said[] = []): Promise<Said[]> {
    const messages = [...before]
    for (let n = from; n < from + count; n++) {
      messages.push(say(`m${n}`))
      await this.put(n, n === 0 ? undefined : n - 1, { messages: [...messages] })
    }
    return messages
  }
}
