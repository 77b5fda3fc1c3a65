import { randomUUID } from 'node:crypto'
import { CheckpointEngine } from '../checkpoint/engine.ts'
import { historyChannelOf } from '../checkpoint/history-channel.ts'
import type { Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { SessionLimits } from '../lifecycle/session-limits.ts'
import { sweepSessions } from '../lifecycle/sweep.ts'
import { EventHub } from './event-hub.ts'
import { checkManagerOptions, type SessionManagerOptions } from './manager-options.ts'
import { setParts } from './manager-parts.ts'
import { neutralFormat } from './neutral-format.ts'
import { ServiceHandle } from './service-handle.ts'
import { Session } from './session.ts'
import { SessionDesks } from './session-desks.ts'
import { subjectOf } from './session-event.ts'
import { SessionFacts } from './session-facts.ts'
import { checkName } from './session-fields.ts'
import { SessionHandle } from './session-handle.ts'
import { newSessionId } from './session-id.ts'
import { SessionLife } from './session-life.ts'
import { SessionService } from './session-service.ts'

/**
 * Sessions on a store.
 *
 * ```ts
 * const sessions = new SessionManager({ store })
 * const { session } = await sessions.as({ userId: 'ada' }).getOrCreate('chat-1')
 * await session.turn(async (turn) => {
 *   turn.append({ role: 'user', parts: [{ type: 'text', content: 'Hello' }] })
 * })
 * ```
 */
export class SessionManager {
  /** Where the sessions live. */
  readonly store: Store
  /** The outermost scope of all of them. */
  readonly tenant: string
  readonly #service: SessionService
  readonly #closers: Set<() => Promise<void>> = new Set()
  readonly #closing: AbortController = new AbortController()
  #sweeping: Promise<unknown> = Promise.resolve()

  /**
   * @throws `STORE_MISSING`, `TENANT_INVALID`, `LEASE_INVALID`, `EXPIRY_INVALID`, `LIMIT_INVALID`, `CACHE_INVALID`,
   * `KEYS_INVALID`, `TEMPLATE_INVALID`, `RESET_INVALID`, `TITLES_INVALID`, `SCHEDULER_INVALID`, `OPTIONS_INVALID`
   */
  constructor(options: SessionManagerOptions) {
    const { store, tenant, leaseMs, expiry, limits, rules, gate, clock, ...given } = checkManagerOptions(options)
    const { onEvent, ids, cacheSessions, cacheBytes } = given
    this.store = store
    this.tenant = tenant
    const hub = new EventHub(tenant, () => engine.now())
    const engine: CheckpointEngine = new CheckpointEngine({
      store,
      tenant,
      format: neutralFormat,
      historyChannel: historyChannelOf,
      share: true,
      cacheSessions,
      ...(cacheBytes === undefined ? {} : { cacheBytes }),
      ...(clock ? { clock } : {}),
      onResumed: (id, row) => void hub.emit({ type: 'resumed', ...subjectOf(id, row) }),
    })
    const newId = ids ?? randomUUID
    const desks = new SessionDesks({ store, engine, tenant, leaseMs, gate, newId, max: cacheSessions })
    if (onEvent) hub.listen(onEvent)
    const service: SessionService = new SessionService({
      engine,
      tenant,
      hub,
      expiry,
      rules,
      newId: ids ?? (() => newSessionId(tenant)),
      open: (id, row, by, oneOfMany = false) => {
        const facts = new SessionFacts(engine, id, row)
        const life = new SessionLife(service, id, by, facts.owner)
        return new Session(desks.at(id, facts.owner, !oneOfMany), { who: by.who, facts, life })
      },
    })
    if (limits) service.gate = new SessionLimits(store, service, limits)
    this.#service = service
    setParts(this, {
      store,
      service,
      desks,
      sweep: (signal) => this.#sweep(signal),
      assertOpen: () => this.#checkOpen(),
      onClose: (close) => {
        this.#closers.add(close)
        return () => this.#closers.delete(close)
      },
    })
  }

  /**
   * The only handle that reads and writes for a user. Events tell the roles.
   *
   * @throws `USER_INVALID`, `SESSIONS_CLOSED`
   */
  as(principal: { userId: string; roles?: string[] }): SessionHandle {
    this.#checkOpen()
    const userId = checkUser(principal?.userId)
    const roles = checkRoles(principal.roles)
    return new SessionHandle(this.#service, { userId, who: userId, ...(roles ? { roles } : {}) })
  }

  /**
   * Every session of the tenant. `name` is what those hear who find a session busy.
   *
   * @throws `USER_INVALID`, `SESSIONS_CLOSED`
   */
  asService(name = 'service'): ServiceHandle {
    this.#checkOpen()
    return new ServiceHandle(this.#service, checkUser(name), this.store)
  }

  /**
   * Announces the sessions that have become idle or have expired, and deletes those whose time is over. A
   * `LifecycleManager` does so every hour. How many have expired or were deleted: of those that another process was not
   * at already.
   *
   * @throws `SESSIONS_CLOSED`
   */
  async sweep(): Promise<number> {
    this.#checkOpen()
    return this.#sweep(this.#closing.signal)
  }

  /** Lets what runs come to its end: sweeps, events, and what works on these sessions beside. The store stays open. */
  async close(): Promise<void> {
    this.#closing.abort()
    for (const close of [...this.#closers]) await close()
    await this.#sweeping
    await this.#service.background.settled()
    await this.#service.hub.settled()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #sweep(signal: AbortSignal): Promise<number> {
    const sweep = this.#sweeping.then(() => sweepSessions(this.store, this.#service, signal))
    // A sweep that failed is its caller's to hear of; the next one goes on where it stopped.
    this.#sweeping = sweep.catch(() => undefined)
    return sweep
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) {
      throw new EverthreadError('SESSIONS_CLOSED', 'The session manager is closed: make a new one')
    }
  }
}

function checkUser(userId: unknown): string {
  try {
    return checkName(userId, 'userId')
  } catch (cause) {
    throw new EverthreadError('USER_INVALID', 'Give userId as a text of 1 to 256 bytes', { cause })
  }
}

function checkRoles(roles: unknown): readonly string[] | undefined {
  if (roles === undefined) return undefined
  if (Array.isArray(roles) && roles.every((role) => typeof role === 'string')) return Object.freeze([...roles])
  throw new EverthreadError('USER_INVALID', 'Give roles as a list of texts')
}
