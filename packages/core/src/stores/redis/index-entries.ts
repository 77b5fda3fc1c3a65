import type { IndexEntry, Partition } from '../../contract/store.ts'
import { EverthreadError } from '../../errors.ts'
import type { Staging } from './commit-arguments.ts'
import { type Argument, type Connection, numberOf } from './connection.ts'
import type { Keys } from './keys.ts'

export interface IndexOptions {
  graceMs: number
  now: () => string
  onWarning: (warning: EverthreadError) => void
}

/** An entry that its partition did not have, when its index revision was `indexRev`. */
export interface StaleEntry {
  partition: Partition
  index: string
  sort: string
  indexRev: string
}

/**
 * The entries of the indexes, which stand in other slots than their partitions. An entry is staged before the commit
 * that names it, and removed after the commit that no longer does; a stamp decides when the two cross. Being there
 * proves nothing: a query asks the partition.
 */
export class RedisIndex {
  readonly #connection: Connection
  readonly #keys: Keys
  readonly #options: IndexOptions
  readonly #underway = new Set<Promise<void>>()

  constructor(connection: Connection, keys: Keys, options: IndexOptions) {
    this.#connection = connection
    this.#keys = keys
    this.#options = options
  }

  /** One trip: all indexes at once. */
  async stage(partition: Partition, entries: IndexEntry[], indexRev: string): Promise<Staging> {
    const places = groupBy(entries, ({ index }) => this.#keys.indexOf(partition, index))
    const replies = await Promise.all(
      [...places].map(([key, group]) => {
        const args = [
          this.#options.now(),
          indexRev,
          String(group.length),
          ...group.map(({ sort }) => placeOf(sort, partition)),
        ]
        return this.#connection.run('stage-1', key, () => args)
      }),
    )
    return { indexRev, at: String(Math.min(...replies.map(([at]) => numberOf(at)))) }
  }

  /** Removes in the background; what fails is void for queries anyway, and removed when one meets it. */
  remove(partition: Partition, pairs: string[], indexRev: string): void {
    this.inBackground(this.removeNow(partition, pairs, indexRev))
  }

  /** `pairs` are index and sort in turn. */
  async removeNow(partition: Partition, pairs: string[], indexRev: string): Promise<void> {
    const entries: StaleEntry[] = []
    for (let at = 0; at + 1 < pairs.length; at += 2) {
      entries.push({ partition, index: pairs[at] as string, sort: pairs[at + 1] as string, indexRev })
    }
    await this.#unstage(entries, '')
  }

  /** Removes what a query met and its partition did not have. */
  clean(entries: StaleEntry[]): void {
    if (entries.length > 0) this.inBackground(this.#unstage(entries, String(this.#options.graceMs)))
  }

  async settle(): Promise<void> {
    while (this.#underway.size > 0) await Promise.all(this.#underway)
  }

  async #unstage(entries: StaleEntry[], voidMs: string): Promise<void> {
    const places = groupBy(entries, ({ partition, index }) => this.#keys.indexOf(partition, index))
    await Promise.all(
      [...places].map(([key, group]) => {
        const lines = group.flatMap(({ sort, partition, indexRev }): Argument[] => [
          placeOf(sort, partition),
          indexRev,
          voidMs,
        ])
        const args = [this.#options.now(), String(group.length), ...lines]
        return this.#connection.run('unstage-1', key, () => args)
      }),
    )
  }

  /** Its failure is a warning: queries do not depend on it. */
  inBackground(work: Promise<void>): void {
    const settled = work
      .catch((cause: unknown) => {
        this.#options.onWarning(
          new EverthreadError('INDEX_NOT_CLEANED', 'Stale index entries stay until a query meets them.', { cause }),
        )
      })
      .finally(() => this.#underway.delete(settled))
    this.#underway.add(settled)
  }
}

/** Where an entry stands within its index; neither part holds control characters. */
function placeOf(sort: string, { id }: Partition): string {
  return `${sort}\0${id}`
}

function groupBy<T>(items: T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}
