import type { SessionExpiry } from '../checkpoint/session-row.ts'
import { LIMITS } from '../contract/limits.ts'
import type { Clock } from '../contract/ports.ts'
import type { Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import type { ScopeOptions } from '../keys/scope.ts'
import { checkScopeOptions } from '../keys/scope-key.ts'
import { knownOptions } from '../known-options.ts'
import { type LimitOptions, type Limits, resolveLimits } from '../lifecycle/limit-options.ts'
import { checkResetPolicy } from '../reset/due-reset.ts'
import type { ResetPolicy } from '../reset/reset-policy.ts'
import { gateOf } from '../scheduler/gate-of.ts'
import type { ProcessScheduler } from '../scheduler/process-scheduler.ts'
import { checkTemplates, type Templates } from '../template/template.ts'
import { checkTitles, type TitleModel, type TitleOptions } from '../title/generate-title.ts'
import type { TurnGate } from '../turn/gate.ts'
import { type CheckpointOptions, checkCheckpoints } from './save-by-turns.ts'
import { type CompactIfDue, checkCompactIfDue } from './session-compaction.ts'
import type { SessionEventHandler } from './session-event.ts'
import { DEFAULT_EXPIRY, type ExpiryOptions, resolveExpiry } from './session-expiry.ts'
import type { SessionRules } from './session-rules.ts'

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
  /**
   * When a session begins afresh with the next message. Default: those that a scope names daily at 4 UTC, others never.
   */
  reset?: ResetPolicy
  /** Save checkpoints of the data by themselves: `true`, after every 5 turns. Default: only when asked to. */
  checkpoints?: CheckpointOptions | boolean
  /**
   * Compacts a session after a turn when it is due, while the next one goes on. Default: only when asked to, by
   * `session.compact` and `compactIfDue`.
   */
  compaction?: CompactIfDue
  /** What makes titles. Default: the first thing that the user said, cut at a word. */
  titles?: TitleOptions | TitleModel
  /** When sessions are idle, expire, and are deleted, unless they say otherwise when they are made. `false`: never. */
  expiry?: ExpiryOptions | number | false
  /** Hears of everything that happens to sessions, and of accesses that came to nothing, in order; it is awaited. */
  onEvent?: SessionEventHandler
  /** How many sessions are active or idle at once, at most. Default: any number. */
  limits?: LimitOptions
  /** Says which turn runs next in this process, within budgets. Default: every turn as soon as its session is free. */
  scheduler?: ProcessScheduler
  cache?: {
    /** Sessions that are known at once. Default 100. Nothing in the cache is believed before the store has confirmed it. */
    sessions?: number
    /** About how much text of messages to keep in memory, in bytes. Default: 64 MiB, or an eighth of the heap where that is less. */
    bytes?: number
  }
  /** Store time in ms, for tests; give the store the same. */
  clock?: Clock
  /** Names sessions, turns and locks. Default: of 122 random bits and more. */
  ids?: () => string
}

/** The options, checked, with what they are when they are left out. */
export interface ManagerOptions {
  store: Store
  tenant: string
  leaseMs: number
  rules: SessionRules
  expiry: SessionExpiry
  onEvent: SessionEventHandler | undefined
  limits: Limits | undefined
  gate: TurnGate | undefined
  cacheSessions: number
  cacheBytes: number | undefined
  clock: Clock | undefined
  ids: (() => string) | undefined
}

const KNOWN: Record<keyof SessionManagerOptions, true> = {
  store: true,
  tenant: true,
  lease: true,
  keys: true,
  templates: true,
  reset: true,
  checkpoints: true,
  compaction: true,
  titles: true,
  expiry: true,
  onEvent: true,
  limits: true,
  scheduler: true,
  cache: true,
  clock: true,
  ids: true,
}

const LEASE_MS = 30_000
/** Below this, renewals come too late too easily. */
const LEAST_LEASE_MS = 100
/** Sessions that are known at once. */
const SESSIONS = 100

const wrong = (message: string): EverthreadError => new EverthreadError('OPTIONS_INVALID', message)

/**
 * @throws `STORE_MISSING`, `TENANT_INVALID`, `LEASE_INVALID`, `EXPIRY_INVALID`, `LIMIT_INVALID`, `CACHE_INVALID`,
 * `KEYS_INVALID`, `TEMPLATE_INVALID`, `RESET_INVALID`, `TITLES_INVALID`, `SCHEDULER_INVALID`,
 * `OPTIONS_INVALID`
 */
export function checkManagerOptions(options: SessionManagerOptions): ManagerOptions {
  if (typeof options !== 'object' || options === null || !isStore(options.store)) {
    throw new EverthreadError('STORE_MISSING', 'Give the manager a store: new SessionManager({ store })')
  }
  knownOptions(options, Object.keys(KNOWN) as (keyof SessionManagerOptions)[], 'OPTIONS_INVALID')
  const { store, tenant = 'default', lease, expiry, limits, onEvent, cache, clock, ids } = options
  if (!isTenant(tenant)) {
    const message = `Give tenant as well-formed text of 1 to ${LIMITS.idBytes} bytes without control characters`
    throw new EverthreadError('TENANT_INVALID', message)
  }
  for (const [name, value] of Object.entries({ onEvent, clock, ids })) {
    if (value !== undefined && typeof value !== 'function') throw wrong(`Give ${name} as a function`)
  }
  const { sessions = SESSIONS, bytes } = checkCache(cache)
  return {
    ...{ store, tenant, onEvent, clock, ids },
    rules: checkRules(options),
    leaseMs: checkLease(lease),
    expiry: resolveExpiry(expiry, DEFAULT_EXPIRY) ?? DEFAULT_EXPIRY,
    limits: limits === undefined ? undefined : resolveLimits(limits),
    gate: checkGate(options.scheduler),
    cacheSessions: sessions,
    cacheBytes: bytes,
  }
}

function checkRules({
  keys,
  templates,
  reset,
  titles = {},
  checkpoints,
  compaction,
}: SessionManagerOptions): SessionRules {
  if (keys !== undefined) checkScopeOptions(keys)
  if (templates !== undefined) checkTemplates(templates)
  if (reset !== undefined) checkResetPolicy(reset)
  if (compaction !== undefined) checkCompactIfDue(compaction)
  return { keys, templates, reset, titles: checkTitles(titles), everyTurns: checkCheckpoints(checkpoints), compaction }
}

const control = /[\u0000-\u001f\u007f]/

/** What every store takes for one. */
const isTenant = (tenant: unknown): boolean =>
  typeof tenant === 'string' &&
  tenant !== '' &&
  tenant !== '__proto__' &&
  tenant.isWellFormed() &&
  !control.test(tenant) &&
  Buffer.byteLength(tenant) <= LIMITS.idBytes

const STORE_METHODS = ['read', 'commit', 'drop', 'query', 'watch', 'close']

const isStore = (store: unknown): boolean =>
  typeof store === 'object' &&
  store !== null &&
  STORE_METHODS.every((name) => typeof (store as Record<string, unknown>)[name] === 'function')

function checkGate(scheduler: unknown): TurnGate | undefined {
  const gate = gateOf(scheduler)
  if (gate || scheduler === undefined) return gate
  throw new EverthreadError('SCHEDULER_INVALID', 'Give scheduler as a ProcessScheduler of this install')
}

function checkLease(lease: NonNullable<SessionManagerOptions['lease']> = {}): number {
  const { ttlMs = LEASE_MS } = knownOptions(lease, ['ttlMs'], 'LEASE_INVALID', 'lease')
  if (Number.isSafeInteger(ttlMs) && ttlMs >= LEAST_LEASE_MS) return ttlMs
  throw new EverthreadError('LEASE_INVALID', `Give lease.ttlMs as a whole number of at least ${LEAST_LEASE_MS} ms`)
}

function checkCache(
  cache: NonNullable<SessionManagerOptions['cache']> = {},
): NonNullable<SessionManagerOptions['cache']> {
  const { sessions, bytes } = knownOptions(cache, ['sessions', 'bytes'], 'CACHE_INVALID', 'cache')
  const fits = (value: number | undefined, least: number): boolean =>
    value === undefined || (Number.isSafeInteger(value) && value >= least)
  if (fits(sessions, 1) && fits(bytes, 0)) return cache
  throw new EverthreadError('CACHE_INVALID', 'Give cache as { sessions, bytes }: whole numbers, of sessions at least 1')
}
