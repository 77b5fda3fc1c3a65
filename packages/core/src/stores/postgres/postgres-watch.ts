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

type Run = (name: string, text: string, values: unknown[]) => Promise<Line[]>

/** With notifications coming in, polling only guards against what they miss. */
const CALM = 20

/** Wakes watchers of what other processes do: by notifications where they come through, always also by polling. */
export class PostgresWatch {
  readonly #options: PostgresWatchOptions
  readonly #run: Run
  readonly #micros: () => number | null
  readonly #polling: PollingWatch
  readonly #notifier: Notifier
  readonly #listener: Listener
  readonly #names = new Map<string, Partition>()

  constructor(
    options: PostgresWatchOptions,
    run: Run,
    pool: () => PostgresPool | undefined,
    micros: () => number | null,
  ) {
    this.#options = options
    this.#run = run
    this.#micros = micros
    const { schema, watchIntervalMs } = options
    const channel = `"everthread_${schema.slice(1, -1)}"`
    const notify = (payloads: string[]): Promise<unknown> =>
      run('notify', 'SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload', [
        channel.slice(1, -1),
        payloads,
      ])
    this.#notifier = new Notifier(notify)
    this.#listener = new Listener(channel, {
      async connect() {
        await run('ping', 'SELECT 1', []) // Opens the pool, whose options are needed.
        const { Client } = await loadPg()
        return new Client(options.listenOptions(pool() as PostgresPool))
      },
      notify: (payload) => notify([payload]),
      register: (id) =>
        run(
          'register',
          `INSERT INTO ${schema}.watchers VALUES($1, clock_timestamp() + interval '1 minute')
           ON CONFLICT (id) DO UPDATE SET until = excluded.until`,
          [id],
        ),
      unregister: (id) =>
        run('unregister', `DELETE FROM ${schema}.watchers WHERE id = $1 OR until < clock_timestamp()`, [id]),
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
    const lines = await this.#run('revisions', `SELECT rev FROM ${this.#options.schema}.revisions_v1($1, $2, $3)`, [
      partitions.map(({ tenant }) => tenant),
      partitions.map(({ id }) => id),
      this.#micros(),
    ])
    return lines.map(([rev]) => Number(rev))
  }
}
