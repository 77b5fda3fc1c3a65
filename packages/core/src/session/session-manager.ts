import { randomUUID } from 'node:crypto'
import { CheckpointEngine } from '../checkpoint/engine.ts'
import type { Clock } from '../contract/ports.ts'
import type { Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import type { ScopeOptions } from '../keys/scope.ts'
import { checkScopeOptions } from '../keys/scope-key.ts'
import { checkTemplates, type Templates } from '../template/template.ts'
import { EventHub } from './event-hub.ts'
import { MESSAGES } from './history.ts'
import { neutralFormat } from './neutral-format.ts'
import { ServiceHandle } from './service-handle.ts'
import { Session } from './session.ts'
import { SessionDesks } from './session-desks.ts'
import type { SessionEventHandler } from './session-event.ts'
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
  readonly #service: SessionService
  readonly #hub: EventHub

  /**
   * @throws `STORE_MISSING`, `TENANT_INVALID`, `LEASE_INVALID`, `EXPIRY_INVALID`, `CACHE_INVALID`, `KEYS_INVALID`,
   * `TEMPLATE_INVALID`
   */
  constructor(options: SessionManagerOptions) {
    const { store, tenant = 'default', lease, keys, templates, expiry, onEvent, cache, clock, ids } = options ?? {}
    if (!store) throw new EverthreadError('STORE_MISSING', 'Give the manager a store: new SessionManager({ store })')
    if (typeof tenant !== 'string' || tenant === '') {
      throw new EverthreadError('TENANT_INVALID', 'Give tenant as a text that is not empty')
    }
    if (keys !== undefined) checkScopeOptions(keys)
    if (templates !== undefined) checkTemplates(templates)
    const { sessions: max = SESSIONS, bytes } = checkCache(cache)
    const engine = new CheckpointEngine({
      store,
      tenant,
      format: neutralFormat,
      historyChannel: MESSAGES,
      share: true,
      cacheSessions: max,
      ...(bytes === undefined ? {} : { cacheBytes: bytes }),
      ...(clock ? { clock } : {}),
    })
    const newId = ids ?? randomUUID
    const desks = new SessionDesks({ store, engine, tenant, leaseMs: checkLease(lease?.ttlMs), newId, max })
    this.#hub = new EventHub(tenant, () => engine.now())
    if (onEvent !== undefined) this.#hub.listen(onEvent)
    const service: SessionService = new SessionService({
      engine,
      tenant,
      hub: this.#hub,
      expiry: resolveExpiry(expiry, DEFAULT_EXPIRY) ?? DEFAULT_EXPIRY,
      rules: { keys, templates },
      newId: ids ?? (() => newSessionId(tenant)),
      open: (id, row, by) => {
        const facts = new SessionFacts(engine, id, row)
        const life = new SessionLife(service, id, by, facts.owner)
        return new Session(desks.at(id, facts.owner), { who: by.who, facts, life })
      },
    })
    this.#service = service
  }

  /**
   * The only handle that reads and writes for a user.
   *
   * @throws `USER_INVALID`
   */
  as(principal: { userId: string; roles?: string[] }): SessionHandle {
    const userId = checkUser(principal?.userId)
    return new SessionHandle(this.#service, { userId, who: userId })
  }

  /** Every session of the tenant. `name` is what those hear who find a session busy. */
  asService(name = 'service'): ServiceHandle {
    return new ServiceHandle(this.#service, name)
  }
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
