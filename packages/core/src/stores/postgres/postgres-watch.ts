import type { Partition } from '../../contract/store.ts'
import { PollingWatch } from '../sql/polling-watch.ts'
import { Listener } from './listener.ts'
import { Notifier, notificationName } from './notifier.ts'
import { loadPg, type PostgresPool } from './peer.ts'
import type { Line } from './reply.ts'

export interface PostgresWatchOptions {
  schema: string
  listenOptions(pool: PostgresPool): object
  watchIntervalMs: number
}

/** As those of `Statements`. */
export interface Runner {
  run(name: string, text: string, values: unknown[]): Promise<Line[]>
  call(name: string, target: string, values: unknown[]): Promise<Line[]>
}

/** With notifications coming in, polling only guards against what they miss. */
const CALM = 20

/** Wakes watchers of what other processes do: by notifications where they come through, always also by polling. */
export class PostgresWatch {
  readonly #options: PostgresWatchOptions
  readonly #runner: Runner
  readonly #micros: () => number | null
  readonly #polling: PollingWatch
  readonly #notifier: Notifier
  readonly #listener: Listener
  readonly #names = new Map<string, Partition>()

  constructor(
    options: PostgresWatchOptions,
    runner: Runner,
    pool: () => PostgresPool | undefined,
    micros: () => number | null,
  ) {
    this.#options = options
    this.#runner = runner
    this.#micros = micros
    const { schema, watchIntervalMs } = options
    const channel = `"everthread_${schema.slice(1, -1)}"`
    const notify = (payloads: string[]): Promise<unknown> =>
      runner.run('notify', 'SELECT $1::text, pg_notify($2, payload) FROM unnest($3::text[]) AS payload', [
        channel.slice(1, -1),
        payloads,
      ])
    this.#notifier = new Notifier(notify)
    this.#listener = new Listener(channel, {
      async connect() {
        await runner.run('ping', 'SELECT $1::text', []) // Opens the pool, whose options are needed.
        const { Client } = await loadPg()
        return new Client(options.listenOptions(pool() as PostgresPool))
      },
      notify: (payload) => notify([payload]),
      register: (id) =>
        runner.run(
          'register',
          `INSERT INTO ${schema}.watchers VALUES($2, clock_timestamp() + interval '1 minute')
           ON CONFLICT (id) DO UPDATE SET until = excluded.until RETURNING $1::text`,
          [id],
        ),
      unregister: (id) =>
        runner.run(
          'unregister',
          `DELETE FROM ${schema}.watchers WHERE id = $2 OR until < clock_timestamp() RETURNING $1::text`,
          [id],
        ),
      onNames: (names) => {
        for (const partition of names.map((name) => this.#names.get(name))) if (partition) this.#polling.wake(partition)
      },
      onGap: () => this.#polling.wakeAll(),
    })
    this.#polling = new PollingWatch(
      () => (this.#listener.works ? CALM * watchIntervalMs : watchIntervalMs),
      (partitions) => this.#revisions(partitions),
    )
  }

  watch(partitions: Partition[], signal: AbortSignal): AsyncIterable<Partition> {
    for (const partition of partitions) this.#names.set(notificationName(partition), { ...partition })
    if (!signal.aborted) {
      this.#listener.start()
      signal.addEventListener('abort', () => this.#rest(), { once: true })
    }
    return this.#polling.watch(partitions, signal)
  }

  /** This process changed it; others are told when somebody watches. */
  changed(partition: Partition, isWatched: boolean): void {
    this.#polling.wake(partition)
    if (isWatched) this.#notifier.add(partition)
  }

  async close(): Promise<void> {
    this.#polling.close()
    await this.#listener.stop()
    await this.#notifier.close()
  }

  /** Nobody watching needs no connection. */
  #rest(): void {
    if (this.#polling.isWatching) return
    this.#names.clear()
    void this.#listener.stop()
  }

  async #revisions(partitions: Partition[]): Promise<number[]> {
    const lines = await this.#runner.call('revisions', `${this.#options.schema}.revisions_v3`, [
      partitions.map(({ tenant }) => tenant),
      partitions.map(({ id }) => id),
      this.#micros(),
    ])
    return lines.map(([rev]) => Number(rev))
  }
}
