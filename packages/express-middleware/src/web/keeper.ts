import { Cookie } from '../cookie/cookie.ts'
import type { StoredSession } from '../express-store/store.ts'
import type { Session } from '../request/session.ts'
import type { Draft } from './draft.ts'
import { type Known, type KnownRow, storeTimeNow } from './known.ts'
import { KnownSessions } from './known-sessions.ts'
import { hashOf } from './layout.ts'
import { defineLazily } from './lazy-values.ts'
import type { Meta } from './meta.ts'
import { changesIn, decodeValue, differences, isSameCookie, keptOf, rowsOf } from './session-rows.ts'
import { planUpdate, type Update } from './update.ts'
import type { WebSessions } from './web-sessions.ts'

/** A session as a request has it, or as express-session hands it to a store. */
type Kept = Session | StoredSession

const NOTHING: ReadonlyMap<string, KnownRow> = new Map()
const keepers = new WeakMap<object, Keeper>()

/** What is behind a store of ours; undefined for the stores of others. */
export function keeperOf(store: object): Keeper | undefined {
  return keepers.get(store)
}

export function keepBehind(store: object, keeper: Keeper): void {
  keepers.set(store, keeper)
}

/** Sessions as objects, and what the store holds of each: so that a write is of what has changed, and of nothing else. */
export class Keeper {
  readonly web: WebSessions
  readonly #known: KnownSessions = new KnownSessions()

  constructor(web: WebSessions) {
    this.web = web
  }

  /** Gives a session of this id what the store holds of it. False when there is none. */
  async fill(id: string, session: Session): Promise<boolean> {
    const known = await this.web.load(id)
    if (!known) return false
    defineLazily(session, known.rows)
    session.cookie = cookieFrom(known)
    this.#known.set(session, known)
    return true
  }

  load(id: string): Promise<StoredSession | undefined> {
    return this.loadByHash(hashOf(id))
  }

  async loadByHash(hash: string): Promise<StoredSession | undefined> {
    const known = await this.web.loadByHash(hash)
    if (!known) return undefined
    const stored = storedFrom(known)
    this.#known.set(stored, known)
    return stored
  }

  /** `session` was made of `stored`. */
  bind(stored: object, session: object): void {
    const known = this.#known.get(stored)
    if (known) this.#known.set(session, known)
  }

  knownOf(session: object): Known | undefined {
    return this.#known.get(session)
  }

  /** What of its data is not what the store holds; undefined for what is no more. */
  changesOf(session: object): ReadonlyMap<string, string | undefined> {
    return changesIn(session, this.#known.get(session)?.rows ?? NOTHING)
  }

  /** @param changed - what `changesOf` says */
  isStored(session: Kept, changed: ReadonlyMap<string, unknown>): boolean {
    const known = this.#known.get(session)
    return known !== undefined && changed.size === 0 && isSameCookie(cookieOf(session), known.meta.cookie)
  }

  /**
   * Writes what has changed; a session that the store did not know, as a whole.
   *
   * @param changed - what `changesOf` says, where it has been asked just now
   * @throws `SESSION_GONE`, and what the store throws
   */
  async save(
    id: string,
    session: Kept,
    owner: Pick<Meta, 'login' | 'guest'> = {},
    changed: ReadonlyMap<string, string | undefined> = this.changesOf(session),
  ): Promise<void> {
    const known = this.#known.get(session)
    if (!known) {
      const rows = rowsOf(session)
      const meta = { kind: 'web' as const, cookie: keptOf(cookieOf(session)), ...owner }
      this.#known.set(session, await this.web.create(id, meta, rows))
      return
    }
    const plan = this.#planSave(session, known, changed)
    const after = await this.web.change(id, known, (draft) => {
      plan(draft)
      draft.moveEnd()
    })
    this.#known.set(session, { ...after, rows: reflected(known.rows, changed, after.rows) })
  }

  /** As `save`, with a change to what the store then holds; the session is brought up to date with it. */
  async update(id: string, session: Session, change: Update): Promise<void> {
    if (!this.#known.get(session)) await this.save(id, session)
    const known = this.#known.get(session) as Known
    const rows = rowsOf(session)
    const plan = this.#planSave(session, known, differences(known.rows, rows))
    const after = await this.web.change(id, known, (draft) => {
      plan(draft)
      planUpdate(draft, change)
    })
    bringUpToDate(session, rows, after.rows)
    this.#known.set(session, after)
  }

  /** Gives the session a guest of this name, unless it has one, and tells which. */
  async welcome(id: string, session: Session, name: string): Promise<string> {
    const known = this.#known.get(session)
    if (!known) {
      await this.save(id, session, { guest: name })
      return name
    }
    const after = await this.web.change(id, known, (draft) => {
      if (draft.meta.guest === undefined) draft.writeMeta({ ...draft.meta, guest: name })
    })
    this.#known.set(session, { ...after, rows: known.rows })
    return after.meta.guest ?? name
  }

  /** Moves the session's end, if that is due, and keeps what has become of its cookie. */
  async touch(id: string, session: Kept): Promise<void> {
    let known = this.#known.get(session)
    known ??= await this.web.load(id)
    if (!known) return
    const cookie = keptOf(cookieOf(session))
    const isChanged = !isSameCookie(cookie, known.meta.cookie)
    if (!isChanged && !this.web.isDue(known)) return
    const after = await this.web.change(id, known, (draft) => {
      if (isChanged) draft.writeMeta({ ...draft.meta, cookie })
      draft.moveEnd()
    })
    this.#known.set(session, { ...after, rows: known.rows })
  }

  #planSave(session: Kept, known: Known, changed: ReadonlyMap<string, string | undefined>): (draft: Draft) => void {
    const cookie = keptOf(cookieOf(session))
    const isOtherCookie = !isSameCookie(cookie, known.meta.cookie)
    return (draft) => {
      for (const [name, text] of changed) draft.write(name, text)
      if (isOtherCookie) draft.writeMeta({ ...draft.meta, cookie })
    }
  }
}

function cookieOf(session: Kept): StoredSession['cookie'] & { expires?: never } {
  return session.cookie as StoredSession['cookie'] & { expires?: never }
}

function storedFrom(known: Known): StoredSession {
  const { cookie } = known.meta
  const stored = {} as StoredSession
  for (const [name, { text }] of known.rows) {
    // Not by assignment, which would take `__proto__` for something else.
    Object.defineProperty(stored, name, {
      value: decodeValue(text),
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  stored.cookie = { ...cookie, expires: expiresOf(known) }
  return stored
}

function cookieFrom(known: Known): Cookie {
  const { originalMaxAge, ...rest } = known.meta.cookie
  const cookie = new Cookie(rest)
  const expires = expiresOf(known)
  if (expires) cookie.expires = expires
  cookie.originalMaxAge = originalMaxAge
  return cookie
}

function expiresOf(known: Known): Date | null {
  if (typeof known.meta.cookie.originalMaxAge !== 'number') return null
  return new Date(Date.now() + (known.expiresAt ?? known.storeTime) - storeTimeNow(known))
}

/** What the session's own rows are, with their revisions: what others wrote beside them is not in the session. */
function reflected(
  before: ReadonlyMap<string, KnownRow>,
  changed: ReadonlyMap<string, string | undefined>,
  stored: ReadonlyMap<string, KnownRow>,
): ReadonlyMap<string, KnownRow> {
  const rows = new Map<string, KnownRow>()
  const add = (name: string, text: string): void => {
    const row = stored.get(name)
    rows.set(name, row?.text === text ? row : { text, rev: row?.rev ?? 0 })
  }
  for (const [name, { text }] of before) if (!changed.has(name)) add(name, text)
  for (const [name, text] of changed) if (text !== undefined) add(name, text)
  return rows
}

/** What the request has changed since it sent `sent` stays as it is, for the next write. */
function bringUpToDate(
  session: Session,
  sent: ReadonlyMap<string, string>,
  stored: ReadonlyMap<string, KnownRow>,
): void {
  const values = session as unknown as Record<string, unknown>
  const now = rowsOf(session)
  for (const name of differences(stored, sent).keys()) {
    if (now.get(name) !== sent.get(name)) continue
    const current = stored.get(name)?.text
    if (current === undefined) delete values[name]
    else values[name] = decodeValue(current)
  }
}
