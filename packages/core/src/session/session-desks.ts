import { LRUCache } from 'lru-cache'
import type { CheckpointEngine } from '../checkpoint/engine.ts'
import type { Owner } from '../checkpoint/session-change.ts'
import type { Store } from '../contract/store.ts'
import { putTickets, ticketMs } from '../turn/acquire.ts'
import type { TurnDesk } from '../turn/desk.ts'
import type { TurnGate } from '../turn/gate.ts'
import { rowMs } from '../turn/lease.ts'
import { WaitingRoom } from '../turn/waiting-room.ts'
import { DataLog } from './data-log.ts'
import { SessionContent } from './session-content.ts'
import { isIdle } from './session-service.ts'

export interface SessionDesksOptions {
  store: Store
  engine: CheckpointEngine
  tenant: string
  /** How long a turn keeps its session after its process died, ms. */
  leaseMs: number
  newId(): string
  gate: TurnGate | undefined
  /** How many are kept while nobody holds them. */
  max: number
}

/** What everybody of this process who works with one session shares, for each of a manager's sessions. */
export class SessionDesks {
  readonly #options: SessionDesksOptions
  readonly #desks: LRUCache<string, TurnDesk>

  constructor(options: SessionDesksOptions) {
    this.#options = options
    this.#desks = new LRUCache({ max: options.max })
  }

  /**
   * A session that was deleted and made again under its id is another one. One of many does not take the place of
   * those at work unless it is kept.
   */
  at(id: string, owner: Owner | undefined, keep: boolean): TurnDesk {
    const name = owner ? JSON.stringify([id, owner.createdAt, owner.userId]) : id
    let known = this.#desks.get(name)
    if (!known) {
      known = this.#newDesk(id, owner)
      if (keep) this.#desks.set(name, known)
    }
    return known
  }

  #newDesk(id: string, owner: Owner | undefined): TurnDesk {
    const { store, engine, tenant, leaseMs, newId, gate } = this.#options
    const partition = { tenant, id }
    const place = { store, partition, leaseMs: rowMs(leaseMs) }
    const room = new WaitingRoom({
      store,
      partition,
      renewMs: ticketMs(place.leaseMs) / 3,
      renew: (tickets) => putTickets(place, tickets),
    })
    const content = new SessionContent(engine, id, owner)
    const data = new DataLog({ store, partition, owner, create: () => content.begin() })
    return { ...place, engine, newId, gate, room, owner, content, data }
  }

  /** Of the sessions that are known here, those that nothing goes on in, as far as is known: longest idle first. */
  idle(): string[] {
    const { engine } = this.#options
    const found = new Map<string, number>()
    for (const { partition, room } of this.#desks.values()) {
      const row = engine.rows.known(partition.id)?.row
      if (row && room.isEmpty && isIdle(row, engine.now())) found.set(partition.id, row.lastActiveAt)
    }
    return [...found].sort(([, a], [, b]) => a - b).map(([id]) => id)
  }

  /** Forgets sessions that nobody is waiting for; who has one in hand goes on with it. How many. */
  shed(): number {
    let count = 0
    for (const [name, { room }] of [...this.#desks.entries()]) {
      if (!room.isEmpty) continue
      this.#desks.delete(name)
      count++
    }
    return count
  }
}
