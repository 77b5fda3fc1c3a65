import { randomUUID } from 'node:crypto'
import { CheckpointEngine } from '../checkpoint/engine.ts'
import type { Clock } from '../contract/ports.ts'
import type { Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import type { ScopeOptions } from '../keys/scope.ts'
import { checkScopeOptions } from '../keys/scope-key.ts'
import { type LimitOptions, resolveLimits } from '../lifecycle/limit-options.ts'
import { SessionLimits } from '../lifecycle/session-limits.ts'
import { sweepSessions } from '../lifecycle/sweep.ts'
import { checkTemplates, type Templates } from '../template/template.ts'
import { EventHub } from './event-hub.ts'
import { MESSAGES } from './history.ts'
import { setParts } from './manager-parts.ts'
import { neutralFormat } from './neutral-format.ts'
import { ServiceHandle } from './service-handle.ts'
import { Session } from './session.ts'
import { SessionDesks } from './session-desks.ts'
import { type SessionEventHandler, subjectOf } from './session-event.ts'
import { DEFAULT_EXPIRY, type ExpiryOptions, resolveExpiry } from './session-expiry.ts'
import { SessionFacts } from './session-facts.ts'
import { checkName } from './session-fields.ts'
import { SessionHandle } from './session-handle.ts'
import { newSessionId } from './session-id.ts'
import { SessionLife } from './session-life.ts'
import { SessionService } from './session-service.ts'

export interface SessionManagerOptions {
  store: Store
  /** The outermost scope: nothing crosses it. Default `default`. */
  tenant?: string
  lease?: {
    /**
     * How long a turn keeps its session at most after its process died, until the next one begins, ms. Default 30,000.
     * The store is given a fifth less, at most a second less: the next one has that for waking. Renewed at a third.
     */
    ttlMs?: number
  }
  /** How `getOrCreate` makes a session's id of where a message comes from. Default: one session for all who talk alone. */
  keys?: ScopeOptions
  /** Configurations of agents, by name, for `create({ template })`. */
  templates?: Templates
  /** When sessions are idle, expire, and are deleted, unless they say otherwise when they are made. `false`: never. */
  expiry?: ExpiryOptions | number | false
  /** Hears of everything that happens to sessions, and of accesses that came to nothing, in order; it is awaited. */
  onEvent?: SessionEventHandler
  /** How many sessions are active or idle at once, at most. Default: any number. */
  limits?: LimitOptions
  cache?: {
    /** Sessions that are known at once. Default 100. Nothing in the cache is believed before the store has confirmed it. */
    sessions?: number
    /** About how much text of messages to keep in memory, in bytes. Default 64 MiB. */
    bytes?: number
  }
  /** Store time in ms, for tests; give the store the same. */
  clock?: Clock
  /** Names sessions, turns and locks. Default: of 122 random bits and more. */
  ids?: () => string
}

const LEASE_MS = 30_000
/** Below this, renewals come too late too easily. */
const LEAST_LEASE_MS = 100
/** Sessions that are known at once. */
const SESSIONS = 100

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
   * `KEYS_INVALID`, `TEMPLATE_INVALID`, `OPTIONS_INVALID`
   */
  constructor(options: SessionManagerOptions) {
    const { store, tenant, lease, keys, templates, expiry, limits, onEvent, cache, clock, ids } = checkOptions(options)
    if (keys !== undefined) checkScopeOptions(keys)
    if (templates !== undefined) checkTemplates(templates)
    this.store = store
    this.tenant = tenant
    const { sessions: max = SESSIONS, bytes } = checkCache(cache)
    const leaseMs = checkLease(lease?.ttlMs)
    const hub = new EventHub(tenant, () => engine.now())
    const engine: CheckpointEngine = new CheckpointEngine({
      store,
      tenant,
      format: neutralFormat,
      historyChannel: MESSAGES,
      share: true,
      cacheSessions: max,
      ...(bytes === undefined ? {} : { cacheBytes: bytes }),
      ...(clock ? { clock } : {}),
      onResumed: (id, row) => void hub.emit({ type: 'resumed', ...subjectOf(id, row) }),
    })
    const desks = new SessionDesks({ store, engine, tenant, leaseMs, newId: ids ?? randomUUID, max })
    if (onEvent) hub.listen(onEvent)
    const service: SessionService = new SessionService({
      engine,
      tenant,
      hub,
      expiry: resolveExpiry(expiry, DEFAULT_EXPIRY) ?? DEFAULT_EXPIRY,
      rules: { keys, templates },
      newId: ids ?? (() => newSessionId(tenant)),
      open: (id, row, by) => {
        const facts = new SessionFacts(engine, id, row)
        const life = new SessionLife(service, id, by, facts.owner)
        return new Session(desks.at(id, facts.owner), { who: by.who, facts, life })
      },
    })
    if (limits !== undefined) service.gate = new SessionLimits(store, service, resolveLimits(limits))
    this.#service = service
    setParts(this, {
      store,
      service,
      desks,
      sweep: (signal) => this.#sweep(signal),
      onClose: (close) => {
        this.#closers.add(close)
        return () => this.#closers.delete(close)
      },
    })
  }

  /**
   * The only handle that reads and writes for a user.
   *
   * @throws `USER_INVALID`, `SESSIONS_CLOSED`
   */
  as(principal: { userId: string; roles?: string[] }): SessionHandle {
    this.#checkOpen()
    const userId = checkUser(principal?.userId)
    return new SessionHandle(this.#service, { userId, who: userId })
  }

  /**
   * Every session of the tenant. `name` is what those hear who find a session busy.
   *
   * @throws `USER_INVALID`, `SESSIONS_CLOSED`
   */
  asService(name = 'service'): ServiceHandle {
    this.#checkOpen()
    return new ServiceHandle(this.#service, checkUser(name))
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

function checkOptions(options: SessionManagerOptions): SessionManagerOptions & { tenant: string } {
  const { store, tenant = 'default', onEvent, clock, ids, lease } = options ?? {}
  if (!store) throw new EverthreadError('STORE_MISSING', 'Give the manager a store: new SessionManager({ store })')
  if (typeof tenant !== 'string' || tenant === '') {
    throw new EverthreadError('TENANT_INVALID', 'Give tenant as a text that is not empty')
  }
  for (const [name, value] of Object.entries({ onEvent, clock, ids })) {
    if (value !== undefined && typeof value !== 'function') {
      throw new EverthreadError('OPTIONS_INVALID', `Give ${name} as a function`)
    }
  }
  if (lease === null) throw new EverthreadError('LEASE_INVALID', 'Give lease as an object: { ttlMs }')
  return { ...options, tenant }
}

function checkUser(userId: unknown): string {
  try {
    return checkName(userId, 'userId')
  } catch (cause) {
    throw new EverthreadError('USER_INVALID', 'Give userId as a text of 1 to 256 bytes', { cause })
  }
}

function checkLease(ttlMs: number = LEASE_MS): number {
  if (Number.isSafeInteger(ttlMs) && ttlMs >= LEAST_LEASE_MS) return ttlMs
  throw new EverthreadError('LEASE_INVALID', `Give lease.ttlMs as a whole number of at least ${LEAST_LEASE_MS} ms`)
}

function checkCache(cache: SessionManagerOptions['cache'] = {}): NonNullable<SessionManagerOptions['cache']> {
  if (cache === null) throw new EverthreadError('CACHE_INVALID', 'Give cache as an object: { sessions, bytes }')
  for (const [name, least] of [
    ['sessions', 1],
    ['bytes', 0],
  ] as const) {
    const value = cache[name]
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= least)) {
      throw new EverthreadError('CACHE_INVALID', `Give cache.${name} as a whole number of at least ${least}`)
    }
  }
  return cache
}
