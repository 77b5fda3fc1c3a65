import type { Partition } from '../../contract/store.ts'
import { fingerprint } from '../sql/commit-fingerprint.ts'

const GATHER_MS = 10
/** Postgres takes 8,000 bytes; a name takes 17 with its comma. */
const NAMES_AT_ONCE = 400

/** What a partition is called in a notification: nothing that tells who it is. */
export function notificationName({ tenant, id }: Partition): string {
  return Buffer.from(fingerprint(`${tenant}\0${id}`)).toString('base64')
}

/** Tells watchers in other processes what changed: after the commit, gathered, and awaited by nobody. */
export class Notifier {
  readonly #send: (payloads: string[]) => Promise<unknown>
  readonly #names = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<unknown> = Promise.resolve()

  constructor(send: (payloads: string[]) => Promise<unknown>) {
    this.#send = send
  }

  add(partition: Partition): void {
    this.#names.add(notificationName(partition))
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS)
  }

  async close(): Promise<void> {
    if (this.#timer) this.#flush()
    await this.#sending
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const names = [...this.#names]
    this.#names.clear()
    const payloads: string[] = []
    while (names.length > 0) payloads.push(names.splice(0, NAMES_AT_ONCE).join(','))
    // A hint that is lost costs a watcher the time until its next poll, and nothing else.
    this.#sending = this.#send(payloads).catch(() => undefined)
  }
}
