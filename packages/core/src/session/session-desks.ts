import { LRUCache } from 'lru-cache'
import type { CheckpointEngine } from '../checkpoint/engine.ts'
import type { Owner } from '../checkpoint/session-change.ts'
import type { Store } from '../contract/store.ts'
import { putTickets, ticketMs } from '../turn/acquire.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { rowMs } from '../turn/lease.ts'
import { WaitingRoom } from '../turn/waiting-room.ts'
import { MessageLog } from './message-log.ts'
import { SessionContent } from './session-content.ts'

/** What everybody of this process who works with one session shares. */
export interface SessionDesk {
  desk: TurnDesk
  log: MessageLog
}

export interface SessionDesksOptions {
  store: Store
  engine: CheckpointEngine
  tenant: string
  /** How long a turn keeps its session after its process died, ms. */
  leaseMs: number
  newId(): string
  /** How many are kept while nobody holds them. */
  max: number
}

/** The desks of a manager's sessions. */
export class SessionDesks {
  readonly #options: SessionDesksOptions
  readonly #desks: LRUCache<string, SessionDesk>

  constructor(options: SessionDesksOptions) {
    this.#options = options
    this.#desks = new LRUCache({ max: options.max })
  }

  /** A session that was deleted and made again under its id is another one. */
  at(id: string, owner: Owner | undefined): SessionDesk {
    const name = owner ? JSON.stringify([id, owner.createdAt, owner.userId]) : id
    let known = this.#desks.get(name)
    if (!known) {
      const desk = this.#newDesk(id, owner)
      known = { desk, log: new MessageLog(desk.content) }
      this.#desks.set(name, known)
    }
    return known
  }

  #newDesk(id: string, owner: Owner | undefined): TurnDesk {
    const { store, engine, tenant, leaseMs, newId } = this.#options
    const partition = { tenant, id }
    const place = { store, partition, leaseMs: rowMs(leaseMs) }
    const room = new WaitingRoom({
      store,
      partition,
      renewMs: ticketMs(place.leaseMs) / 3,
      renew: (tickets) => putTickets(place, tickets),
    })
    return { ...place, engine, newId, room, content: new SessionContent(engine, id, owner) }
  }
}
