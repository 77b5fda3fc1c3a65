import { LRUCache } from 'lru-cache'
import { OWN_PREFIX } from '../contract/partition.ts'
import type { Partition, Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { CommitQueue, type QueueOptions } from './commit-queue.ts'
import type { Desk } from './desk.ts'
import { EncodedObjects } from './encoded-objects.ts'
import type { EngineOptions } from './engine.ts'
import type { SessionRow } from './session-row.ts'
import { Thread } from './thread.ts'

export interface DesksOptions extends Pick<Desk, 'reader' | 'format' | 'share'>, Pick<QueueOptions, 'now' | 'note'> {
  store: Store
  tenant: string
  historyChannel: EngineOptions['historyChannel']
  /** How many sessions to know at once. */
  most: number
  stored(partition: Partition, ...chunk: Parameters<QueueOptions['stored']>): void
  resumed(session: string, row: SessionRow): void
}

/** The desks of the sessions that a process works with: those used last. */
export class Desks {
  readonly #options: DesksOptions
  readonly #desks: LRUCache<string, Desk>

  constructor(options: DesksOptions) {
    this.#options = options
    this.#desks = new LRUCache({ max: Math.max(1, options.most) })
  }

  /** @throws `ID_INVALID` */
  of(session: string): Desk {
    const known = this.#desks.get(session)
    if (known) return known
    const desk = this.#make(session)
    this.#desks.set(session, desk)
    return desk
  }

  /** Of a session that this process works with already. */
  peek(session: string): Desk | undefined {
    return this.#desks.peek(session)
  }

  async forget(session: string): Promise<void> {
    const desk = this.#desks.get(session)
    // A commit of ours that is under way would bring the session back.
    if (desk) await desk.queue.settled()
    this.#desks.delete(session)
  }

  /** Forgets the sessions that nothing is under way in. How many. */
  shed(): number {
    const idle = [...this.#desks.entries()].filter(([, { queue, puts }]) => queue.isIdle && puts.size === 0)
    for (const [session] of idle) this.#desks.delete(session)
    return idle.length
  }

  /** @throws `ID_INVALID` */
  partition(session: string): Partition {
    if (typeof session !== 'string' || session === '') {
      throw new EverthreadError('ID_INVALID', 'Give the session an id: a string that is not empty')
    }
    if (session.startsWith(OWN_PREFIX)) {
      throw new EverthreadError(
        'ID_INVALID',
        `Give the session another id: those that start with ${OWN_PREFIX} are reserved`,
      )
    }
    return { tenant: this.#options.tenant, id: session }
  }

  #make(session: string): Desk {
    const { store, reader, format, historyChannel, share, now, note, stored, resumed } = this.#options
    const thread = new Thread(this.partition(session))
    const queue = new CommitQueue(store, thread, {
      now,
      note,
      stored: (segment, chunk) => stored(thread.partition, segment, chunk),
      resumed: (row) => resumed(session, row),
    })
    const encoded = new EncodedObjects(format.snapshots)
    const puts: Desk['puts'] = new Map()
    const namesHistory = typeof historyChannel === 'string'
    return {
      ...{ thread, queue, reader, format, encoded, puts, share, namesHistory },
      get historyChannel() {
        return typeof historyChannel === 'function' ? historyChannel(thread.session?.row) : historyChannel
      },
    }
  }
}
