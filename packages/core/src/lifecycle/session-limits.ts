import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { SESSION_KEY } from '../checkpoint/layout.ts'
import { parseSession, type SessionRow } from '../checkpoint/session-row.ts'
import { isLive } from '../checkpoint/session-state.ts'
import { partitionOfKind } from '../contract/partition.ts'
import type { Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { inParallel } from '../session/in-parallel.ts'
import { eachRow, type SessionFilter } from '../session/session-list.ts'
import type { Gate, SessionService } from '../session/session-service.ts'
import { LEASE_KEY } from '../turn/rows.ts'
import type { Limit, Limits } from './limit-options.ts'
import { type Place, Places, type Taken } from './places.ts'

/** Whose places. */
interface Scope {
  name: 'user' | 'total'
  limit: Limit
  places: Places
  filter: SessionFilter
  /** The sessions that go first, as they were when all were looked at. */
  next: Candidate[]
  /** Places of sessions that were being made then. */
  making: number
  /** Makes room for one after the other. */
  last: Promise<unknown>
  /** Store time in ms at which all were looked at and none was found to be no more. */
  clearedAt: number
}

interface Candidate {
  id: string
  row: SessionRow
}

/** How long to wait, ms, and how often, for sessions that others are about to make, when none other may go. */
const MAKING_PAUSE_MS = 10
const MAKING_PAUSES = 100
/** A place is kept so long for a session that is being made, ms. */
const MAKING_MS = 60_000
/** So many of those that would go first are remembered: all are looked at once for them. */
const CANDIDATES = 64
/** So long what was found of all sessions of a tenant is believed, ms, when it was that none is to be cleared. */
const CLEARED_MS = 10_000
const USERS = 1_000
const TRIES = 1_000
const BY = { userId: undefined, who: 'lifecycle' }

const decoder = new TextDecoder()

/** Holds the numbers of sessions to their limits, whoever makes them, in whichever process. */
export class SessionLimits implements Gate {
  readonly #store: Store
  readonly #service: SessionService
  readonly #limits: Limits
  readonly #users = new LRUCache<string, Scope>({ max: USERS })
  readonly #total: Scope | undefined

  constructor(store: Store, service: SessionService, limits: Limits) {
    this.#store = store
    this.#service = service
    this.#limits = limits
    this.#total = limits.total && this.#scope('total', limits.total, {})
  }

  /** @throws `SESSION_LIMIT` */
  async enter(id: string, { userId }: Pick<SessionRow, 'userId'>): Promise<() => Promise<void>> {
    const taken: Places[] = []
    const leave = async (): Promise<void> => {
      for (const places of taken) await places.leave(id)
    }
    try {
      for (const scope of this.#scopes(userId)) if (await this.#enter(scope, id)) taken.push(scope.places)
      return leave
    } catch (error) {
      await leave()
      throw error
    }
  }

  async leave(id: string, { userId }: Pick<SessionRow, 'userId'>): Promise<void> {
    for (const { places } of this.#scopes(userId)) await places.leave(id)
  }

  #scopes(userId: string | undefined): Scope[] {
    const { perUser } = this.#limits
    const scopes = this.#total ? [this.#total] : []
    if (!perUser || userId === undefined) return scopes
    const known = this.#users.get(userId) ?? this.#scope('user', perUser, { userId })
    this.#users.set(userId, known)
    return [known, ...scopes]
  }

  #scope(name: Scope['name'], limit: Limit, filter: SessionFilter): Scope {
    const hash = createHash('sha256')
      .update(filter.userId ?? '')
      .digest('base64url')
    const partition = partitionOfKind('places', this.#service.tenant, name === 'total' ? name : hash)
    return {
      name,
      limit,
      filter,
      places: new Places(this.#store, partition),
      next: [],
      making: 0,
      clearedAt: 0,
      last: Promise.resolve(),
    }
  }

  /** Whether it has a place now that it had not before. */
  async #enter(scope: Scope, id: string): Promise<boolean> {
    const { places, limit, filter } = scope
    for (let pauses = 0; ; ) {
      let answer = await places.take(id, limit.max)
      if (answer === 'unknown') await places.begin(this.#liveIds(filter))
      if (answer === 'full') answer = await this.#inTurn(scope, () => this.#takeFromOthers(scope, id))
      if (answer === 'taken') return true
      if (answer === 'kept') return false
      if (answer === 'unknown') continue
      // What is about to be made may go once it is.
      const mayCome = limit.onLimit !== 'reject' && scope.making > 0 && pauses++ < MAKING_PAUSES
      if (!mayCome) await this.#refuse(scope, id)
      await setTimeout(MAKING_PAUSE_MS)
    }
  }

  /** Makes room until there is a place; others may take it first, or have made room already. */
  async #takeFromOthers(scope: Scope, id: string): Promise<Taken> {
    for (let tries = 0; tries < TRIES; tries++) {
      const answer = await scope.places.take(id, scope.limit.max)
      if (answer !== 'full') return answer
      if (!(await this.#makeRoom(scope, id))) return scope.places.take(id, scope.limit.max)
    }
    throw new EverthreadError('CONFLICT', 'Too many sessions are made at once: try again', { committed: 'no' })
  }

  async *#liveIds(filter: SessionFilter): AsyncGenerator<string> {
    const { engine } = this.#service
    for await (const { id, row } of eachRow(engine, filter)) if (counts(row, filter, engine.now())) yield id
  }

  /** Whether one place more may be free now. */
  async #makeRoom(scope: Scope, newId: string): Promise<boolean> {
    // To look at all sessions of a tenant for each new one would be too much.
    if (scope.name === 'total' && (await this.#evictKnown(scope, newId))) return true
    return (await this.#clear(scope)) || (await this.#evictKnown(scope, newId))
  }

  #inTurn<T>(scope: Scope, work: () => Promise<T>): Promise<T> {
    const done = scope.last.then(work)
    // A turn that failed is its caller's to hear of, by `done`; the next one begins after it all the same.
    scope.last = done.catch(() => undefined)
    return done
  }

  /** Takes away places of sessions that are no more, and learns which would go first. Whether there were any. */
  async #clear(scope: Scope): Promise<boolean> {
    const since = this.#service.engine.now() - scope.clearedAt
    if (scope.name === 'total' && since >= 0 && since < CLEARED_MS) return false
    const stale: Place[] = []
    let next: Candidate[] = []
    let making = 0
    for await (const page of scope.places.each()) {
      const looks = await inParallel(page, (place) => this.#look(place.id))
      const now = this.#service.engine.now()
      for (const [i, place] of page.entries()) {
        const { row, isFree } = looks[i] ?? {}
        const isUsed = row ? counts(row, scope.filter, now) : now - place.at < MAKING_MS
        if (!isUsed) stale.push(place)
        else if (!row) making++
        else if (isFree) next.push({ id: place.id, row })
      }
      next = next.sort(firstBy(scope.limit)).slice(0, CANDIDATES)
    }
    scope.next = next
    scope.making = making
    scope.clearedAt = stale.length === 0 && making === 0 ? this.#service.engine.now() : 0
    if (stale.length === 0) return false
    await scope.places.clear(stale)
    return true
  }

  /** The one that goes first of those who were looked at before, unless something has happened to it since. */
  async #evictKnown(scope: Scope, newId: string): Promise<boolean> {
    if (scope.limit.onLimit === 'reject') return false
    for (let one = scope.next.shift(); one; one = scope.next.shift()) {
      const { row, isFree } = await this.#look(one.id)
      const { createdAt, lastActiveAt } = one.row
      const same = row?.createdAt === createdAt && row.lastActiveAt === lastActiveAt
      if (!row || !isLive(row, this.#service.engine.now())) {
        await scope.places.leave(one.id)
        return true
      }
      if (!isFree || !same) continue
      await this.#tell(scope, { id: one.id, row }, newId)
      await this.#service.move(one.id, 'archived', BY, row)
      return true
    }
    return false
  }

  async #refuse(scope: Scope, newId: string): Promise<never> {
    const { name, limit } = scope
    await this.#tell(scope, undefined, newId)
    const whose = name === 'user' ? 'This user has' : 'There are'
    throw new EverthreadError(
      'SESSION_LIMIT',
      `${whose} ${limit.max} sessions, which is the limit: archive or delete one before another is made or restored`,
      { committed: 'no' },
    )
  }

  #tell({ name, limit, filter }: Scope, gone: Candidate | undefined, newId: string): Promise<void> {
    const detail = { scope: name, max: limit.max, onLimit: limit.onLimit, newSessionId: newId }
    const event = { type: 'limit' as const, code: 'SESSION_LIMIT', by: BY.who, detail }
    if (gone) return this.#service.tell('limit', gone.id, gone.row, BY, event)
    return this.#service.hub.emit({ ...event, ...(filter.userId === undefined ? {} : { userId: filter.userId }) })
  }

  /** The session, and whether it may go: it has no turn under way, and waits for nobody. */
  async #look(id: string): Promise<{ row: SessionRow | undefined; isFree: boolean }> {
    const partition = { tenant: this.#service.tenant, id }
    const { rows } = await this.#store.read(partition, [{ get: [SESSION_KEY, LEASE_KEY] }])
    const found = rows[0]?.find(({ key }) => key === SESSION_KEY)
    const row = found && parseSession(decoder.decode(found.value))
    const isHeld = rows[0]?.some(({ key }) => key === LEASE_KEY) ?? false
    return { row, isFree: row !== undefined && !isHeld && row.waiting === undefined }
  }
}

/** What a framework made is its own to keep, and takes no place. */
const counts = (row: SessionRow, { userId }: SessionFilter, now: number): boolean =>
  row.managed === true && isLive(row, now) && (userId === undefined || row.userId === userId)

function firstBy({ onLimit }: Limit): (a: Candidate, b: Candidate) => number {
  if (onLimit === 'evict-idle') return (a, b) => a.row.lastActiveAt - b.row.lastActiveAt
  return (a, b) => a.row.createdAt - b.row.createdAt
}
