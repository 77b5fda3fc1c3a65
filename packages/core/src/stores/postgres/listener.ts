import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PostgresConnection } from './peer.ts'

export interface ListenerPorts {
  /** Makes a connection that is not opened yet. */
  connect(): Promise<PostgresConnection>
  /** Sends a notification from the side that commits do it from. */
  notify(payload: string): Promise<unknown>
  /** Tells committers that somebody is watching, for a minute. */
  register(id: string): Promise<unknown>
  unregister(id: string): Promise<unknown>
  onNames(names: string[]): void
  /** Notifications may have been missed. */
  onGap(): void
}

const REGISTER_EVERY_MS = 20_000
const RECONNECT_MS = 500

/**
 * Listens on a connection of its own while somebody watches. It believes in it only once a notification of its own
 * has come through: behind a pooler in transaction mode `LISTEN` succeeds and brings nothing.
 */
export class Listener {
  readonly #channel: string
  readonly #ports: ListenerPorts
  readonly #id: string = randomUUID()
  #connection: PostgresConnection | undefined
  #running: Promise<void> | undefined
  #stop: AbortController | undefined
  #works = false

  constructor(channel: string, ports: ListenerPorts) {
    this.#channel = channel
    this.#ports = ports
  }

  get works(): boolean {
    return this.#works
  }

  start(): void {
    if (this.#stop) return
    this.#stop = new AbortController()
    this.#running = this.#run(this.#stop.signal)
  }

  async stop(): Promise<void> {
    this.#stop?.abort()
    this.#stop = undefined
    await this.#running
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#listen(signal)
      } catch {
        // Without a connection watchers go on by polling; it is tried again below.
      }
      this.#works = false
      await this.#connection?.end().catch(() => undefined) // Broken is ended, too: it is given up either way.
      this.#connection = undefined
      await pause(RECONNECT_MS, signal)
    }
    await this.#ports.unregister(this.#id).catch(() => undefined) // It lapses within a minute by itself.
  }

  /** Returns when the connection ends, or when told to stop. */
  async #listen(signal: AbortSignal): Promise<void> {
    const connection = await this.#ports.connect()
    this.#connection = connection
    const ended = new AbortController()
    const end = (): void => ended.abort()
    connection.on('error', end)
    connection.on('end', end)
    connection.on('notification', ({ payload = '' }) => {
      if (payload !== this.#id) return this.#ports.onNames(payload.split(','))
      this.#works = true
      this.#ports.onGap()
    })
    await connection.connect()
    await connection.query(`LISTEN ${this.#channel}`)
    const either = AbortSignal.any([signal, ended.signal])
    while (!either.aborted) {
      await this.#ports.register(this.#id)
      if (!this.#works) await this.#ports.notify(this.#id)
      await pause(REGISTER_EVERY_MS, either)
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
