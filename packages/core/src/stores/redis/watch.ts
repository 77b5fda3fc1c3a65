import type { Redis } from 'ioredis'
import type { Partition } from '../../contract/store.ts'
import { MemoryWatch } from '../memory-watch.ts'
import type { Client } from './connection.ts'
import { failureOf, storeError } from './failures.ts'
import type { Keys } from './keys.ts'

/** What watching needs, once the store is open. */
export interface Subscribable {
  client: Client
  keys: Keys
}

interface Channel {
  partition: Partition
  watchers: number
}

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000

/**
 * Wakes watchers by pub/sub, over a connection of its own that is opened for the first one and closed after the last.
 * What is published while it is down is made up for: each subscription wakes everyone it is for.
 */
export class RedisWatch {
  readonly #open: () => Promise<Subscribable>
  readonly #local = new MemoryWatch()
  readonly #channels = new Map<string, Channel>()
  readonly #failures = new Set<(error: unknown) => void>()
  #subscriber: Redis | undefined
  #retry: NodeJS.Timeout | undefined
  #pauseMs = FIRST_PAUSE_MS

  constructor(open: () => Promise<Subscribable>) {
    this.#open = open
  }

  /** Ends without an error when the signal aborts or the store closes; fails when Redis forbids subscriptions. */
  watch(partitions: Partition[], signal: AbortSignal): AsyncIterable<Partition> {
    const ended = new AbortController()
    const local = this.#local.watch(partitions, ended.signal)
    let failure: { error: unknown } | undefined
    const fail = (error: unknown): void => {
      failure = { error }
      end()
    }
    let release = (): void => undefined
    const end = (): void => {
      ended.abort()
      signal.removeEventListener('abort', end)
      this.#failures.delete(fail)
      release()
      release = () => undefined
    }
    signal.addEventListener('abort', end)
    this.#failures.add(fail)
    if (signal.aborted) end()
    else {
      this.#join(partitions).then((leave) => {
        release = leave
        if (ended.signal.aborted) end()
      }, fail)
    }
    return (async function* () {
      try {
        yield* local
        if (failure) throw storeError(failure.error)
      } finally {
        end()
      }
    })()
  }

  close(): void {
    this.#local.close()
    this.#channels.clear()
    this.#disconnect()
  }

  async #join(partitions: Partition[]): Promise<() => void> {
    const { keys } = await this.#open()
    const joined = new Map(partitions.map((partition) => [keys.channel(partition), partition]))
    for (const [name, partition] of joined) {
      const channel = this.#channels.get(name) ?? { partition, watchers: 0 }
      channel.watchers++
      this.#channels.set(name, channel)
    }
    this.#connect()
    if (this.#subscriber?.status === 'ready') await this.#subscribe(this.#subscriber, [...joined.keys()])
    return () => this.#leave([...joined.keys()])
  }

  #leave(names: string[]): void {
    const idle: string[] = []
    for (const name of names) {
      const channel = this.#channels.get(name)
      if (!channel || --channel.watchers > 0) continue
      this.#channels.delete(name)
      idle.push(name)
    }
    if (this.#channels.size === 0) this.#disconnect()
    // A connection that is lost meanwhile has no subscription to end.
    else if (idle.length > 0) this.#subscriber?.unsubscribe(...idle).catch((error: unknown) => this.#onError(error))
  }

  #connect(): void {
    if (this.#subscriber || this.#retry || this.#channels.size === 0) return
    this.#start().catch((error: unknown) => this.#onError(error))
  }

  async #start(): Promise<void> {
    const { client } = await this.#open()
    if (this.#subscriber || this.#channels.size === 0) return
    const node = 'nodes' in client ? sample(client.nodes('all')) : client
    if (!node) return this.#later()
    const subscriber = node.duplicate({
      keyPrefix: '',
      lazyConnect: true,
      readOnly: false,
      autoResubscribe: false,
      enableOfflineQueue: false,
      retryStrategy: null,
      himportFieldsets: undefined,
    }) as Redis
    this.#subscriber = subscriber
    subscriber.on('message', (name: string) => this.#wake(name))
    subscriber.once('end', () => {
      if (this.#subscriber !== subscriber) return
      this.#subscriber = undefined
      this.#later()
    })
    // Its loss shows in 'end'; nothing else depends on it.
    subscriber.on('error', () => undefined)
    await subscriber.connect()
    await this.#subscribe(subscriber, [...this.#channels.keys()])
  }

  async #subscribe(subscriber: Redis, names: string[]): Promise<void> {
    if (names.length === 0) return
    try {
      await subscriber.subscribe(...names)
    } catch (error) {
      return this.#onError(error)
    }
    this.#pauseMs = FIRST_PAUSE_MS
    for (const name of names) this.#wake(name)
  }

  #wake(name: string): void {
    const channel = this.#channels.get(name)
    if (channel) this.#local.wake(channel.partition)
  }

  #onError(error: unknown): void {
    if (failureOf(error).passing) this.#later()
    else for (const fail of [...this.#failures]) fail(error)
  }

  #later(): void {
    if (this.#retry || this.#channels.size === 0) return
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      this.#connect()
    }, this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS)
  }

  #disconnect(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    const subscriber = this.#subscriber
    this.#subscriber = undefined
    subscriber?.disconnect()
  }
}

function sample<T>(items: T[]): T | undefined {
  return items[Math.floor(Math.random() * items.length)]
}
