import { randomUUID } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { CheckpointEngine } from '../checkpoint/engine.ts'
import type { Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { putTickets, ticketMs } from '../turn/acquire.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { rowMs } from '../turn/lease.ts'
import { WaitingRoom } from '../turn/waiting-room.ts'
import { MessageLog } from './message-log.ts'
import { neutralFormat } from './neutral-format.ts'
import { Session } from './session.ts'
import { MESSAGES, SessionContent } from './session-content.ts'
import { ServiceHandle, SessionHandle, type Sessions } from './session-handle.ts'

export interface SessionManagerOptions {
  store: Store
  /** The outermost scope: nothing crosses it. Default `default`. */
  tenant?: string
  lease?: {
    /**
     * How long a turn keeps its session at most after its process died, until the next one begins, ms. Default 30,000.
     * The store is given a tenth less, at most a second, which the next one has for waking. Renewed at a third of it.
     */
    ttlMs?: number
  }
  /** Names turns and locks. Default: UUIDs. */
  ids?: () => string
}

const LEASE_MS = 30_000
/** Below this, renewals come too late too easily. */
const LEAST_LEASE_MS = 100
/** Sessions whose desks are kept while nobody holds them. */
const DESKS = 100

/**
 * Sessions on a store.
 *
 * ```ts
 * const sessions = new SessionManager({ store })
 * const session = await sessions.as({ userId: 'ada' }).getOrCreate('chat-1')
 * await session.turn(async (turn) => {
 *   turn.append({ role: 'user', parts: [{ type: 'text', content: 'Hello' }] })
 * })
 * ```
 */
export class SessionManager {
  readonly #store: Store
  readonly #engine: CheckpointEngine
  readonly #tenant: string
  readonly #leaseMs: number
  readonly #ids: () => string
  readonly #desks: LRUCache<string, { desk: TurnDesk; log: MessageLog }> = new LRUCache({ max: DESKS })
  readonly #sessions: Sessions

  /** @throws `STORE_MISSING`, `LEASE_INVALID` */
  constructor({ store, tenant = 'default', lease, ids = randomUUID }: SessionManagerOptions) {
    if (!store) throw new EverthreadError('STORE_MISSING', 'Give the manager a store: new SessionManager({ store })')
    this.#leaseMs = lease?.ttlMs ?? LEASE_MS
    if (!Number.isSafeInteger(this.#leaseMs) || this.#leaseMs < LEAST_LEASE_MS) {
      throw new EverthreadError('LEASE_INVALID', `Give lease.ttlMs as a whole number of at least ${LEAST_LEASE_MS} ms`)
    }
    this.#store = store
    this.#tenant = tenant
    this.#ids = ids
    this.#engine = new CheckpointEngine({ store, tenant, format: neutralFormat, historyChannel: MESSAGES, share: true })
    this.#sessions = {
      row: (id) => this.#engine.session(id),
      create: (id, owner) => this.#engine.create(id, owner),
      open: (id, owner) => {
        const { desk, log } = this.#at(id)
        return new Session(desk, log, owner)
      },
    }
  }

  /**
   * The only handle that reads and writes for a user.
   *
   * @throws `USER_INVALID`
   */
  as({ userId }: { userId: string; roles?: string[] }): SessionHandle {
    if (typeof userId !== 'string' || userId === '') {
      throw new EverthreadError('USER_INVALID', 'Give userId as a text that is not empty')
    }
    return new SessionHandle(this.#sessions, { userId, who: userId })
  }

  /** Every session of the tenant. `name` is what those hear who find a session busy. */
  asService(name = 'service'): ServiceHandle {
    return new ServiceHandle(this.#sessions, name)
  }

  #at(id: string): { desk: TurnDesk; log: MessageLog } {
    if (typeof id !== 'string' || id === '') {
      throw new EverthreadError('ID_INVALID', 'Give the session an id: a string that is not empty')
    }
    let known = this.#desks.get(id)
    if (!known) {
      const desk = this.#newDesk(id)
      known = { desk, log: new MessageLog(desk.content) }
      this.#desks.set(id, known)
    }
    return known
  }

  #newDesk(id: string): TurnDesk {
    const partition = { tenant: this.#tenant, id }
    const place = { store: this.#store, partition, leaseMs: rowMs(this.#leaseMs) }
    const room = new WaitingRoom({
      store: this.#store,
      partition,
      renewMs: ticketMs(place.leaseMs) / 3,
      renew: (tickets) => putTickets(place, tickets),
    })
    const content = new SessionContent(this.#engine, id)
    return { ...place, engine: this.#engine, newId: this.#ids, room, content }
  }
}
