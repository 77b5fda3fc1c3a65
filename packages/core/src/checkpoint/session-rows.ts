import { randomUUID } from 'node:crypto'
import type { Commit, IndexQuery, Op, Row, Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import type { Desk } from './desk.ts'
import type { Draft } from './draft.ts'
import type { Fence } from './fence.ts'
import { GONE_KEY, SESSION_KEY } from './layout.ts'
import { activeRow, assertOpen, assertOwner, changeOf, newRow, type Owner, resumed } from './session-change.ts'
import { parseSession, type SessionRow, sessionText } from './session-row.ts'
import { parseStored } from './stored.ts'

/** What a session may be made with: all but the row's own bookkeeping. */
export type SessionFields = Omit<SessionRow, 'generation' | 'createdAt' | 'counts'>

export interface UpdateSession {
  /** Refuse with `SESSION_NOT_FOUND` when it is another session by now. */
  owner?: Owner | undefined
  fence?: Fence | undefined
  /** Rows beside it, in the same commit. */
  ops?: readonly Op[]
  /** Whether this is activity, which also needs the session to be open. Default true. */
  active?: boolean
}

/** That a session was deleted is known for this long: 7 days. */
const GONE_MS = 7 * 24 * 3_600_000

const TRIES = 100

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A session that was deleted. Not whose: nothing of its user stays. */
export interface GoneSession {
  /** Store time, ms. */
  at: number
}

export interface SessionRowsOptions {
  store: Store
  tenant: string
  desk(session: string): Desk
  /** The desk of a session that this process works with already. */
  peek(session: string): Desk | undefined
  learnTime(session: string): Promise<void>
  forget(session: string): Promise<void>
}

/** The session rows of a tenant, apart from what the sessions hold. */
export class SessionRows {
  readonly #options: SessionRowsOptions

  constructor(options: SessionRowsOptions) {
    this.#options = options
  }

  /** From the store; undefined when there is no such session. */
  async get(session: string): Promise<SessionRow | undefined> {
    const { reader, thread } = this.#options.desk(session)
    await reader.session(thread)
    return thread.session?.row
  }

  /**
   * From the store.
   *
   * @throws `SESSION_NOT_FOUND` when it is not there, or not the owner's
   */
  async current(session: string, owner: Owner | undefined): Promise<SessionRow> {
    const row = await this.get(session)
    assertOwner(row, owner)
    if (!row) throw notFound()
    return row
  }

  /** From the store, without taking the place of a session that this process works with. */
  async read(session: string): Promise<SessionRow | undefined> {
    const { store, tenant, peek } = this.#options
    if (peek(session)) return this.get(session)
    const { rows } = await store.read({ tenant, id: session }, [{ get: [SESSION_KEY] }])
    const row = rows[0]?.[0]
    return row && parseRow(row)
  }

  /** As this process saw it last, in whatever it read or wrote. */
  known(session: string): { rev: number; row: SessionRow } | undefined {
    return this.#options.peek(session)?.thread.session
  }

  /** From the store; when there is none, what is known of one that was deleted. One trip, whatever there is. */
  async look(session: string): Promise<{ row: SessionRow | undefined; gone: GoneSession | undefined }> {
    const { reader, thread } = this.#options.desk(session)
    const { rows } = await reader.session(thread, [GONE_KEY])
    const row = thread.session?.row
    const found = row ? undefined : rows[1]?.[0]
    return { row, gone: found && (JSON.parse(decoder.decode(found.value)) as GoneSession) }
  }

  /**
   * Makes a session that has nothing in it yet.
   *
   * @throws `SESSION_EXISTS`
   */
  async create(session: string, fields: Partial<SessionFields>): Promise<SessionRow> {
    await this.#options.learnTime(session)
    // What this process knows of one may be over: another has deleted it, or the store forgotten it.
    if (this.known(session)) await this.get(session)
    return this.#run(session, undefined, (draft) => {
      if (draft.session) throw sessionExists()
      const row = { ...newRow(draft.now), ...fields }
      draft.setSession(changeOf(session, undefined, row, draft.now))
      return row
    })
  }

  /**
   * Changes the row. `change` may be called again when another writer was first; it must not wait. Undefined leaves the
   * row as it is.
   *
   * @throws `SESSION_NOT_FOUND`, `SESSION_ARCHIVED`, `SESSION_EXPIRED`, and what `change` throws
   */
  async update(
    session: string,
    change: (row: SessionRow, now: number) => SessionRow | undefined,
    { owner, fence, ops = [], active = true }: UpdateSession = {},
  ): Promise<SessionRow> {
    if (!this.known(session)) await this.get(session)
    return this.#run(session, fence, (draft) => {
      const before = draft.session
      assertOwner(before, owner)
      if (!before) throw notFound()
      if (active) assertOpen(before, fence)
      const row = change(active ? activeRow(before, draft.now) : before, draft.now)
      draft.add(ops)
      if (!row) return before
      draft.setSession({ ...changeOf(session, before, row, draft.now), ...(active ? resumed(before) : {}) })
      return row
    })
  }

  /** A page of an index: where sessions stand. They may have ended since. */
  async page(query: IndexQuery): Promise<{ ids: string[]; cursor: string | undefined }> {
    const page = await this.#options.store.query(this.#options.tenant, query)
    return { ids: page.rows.map(({ partition }) => partition.id), cursor: page.cursor }
  }

  /**
   * Deletes a session with all it holds, in one commit, and keeps in mind for a while that it was there. Gives what it
   * was; undefined when it was not there, or `isIt` says that it is not the one.
   */
  async bury(session: string, isIt: (row: SessionRow) => boolean): Promise<SessionRow | undefined> {
    const change = await this.adjust(session, (row) => (isIt(row) ? 'delete' : undefined))
    if (change) await this.#options.forget(session)
    return change?.before
  }

  /**
   * Changes a session that this process does not work with, past what it knows of it, or deletes it. `judge` gives the
   * row as it is to have only its entries and times written. Gives what was changed; undefined for nothing.
   */
  async adjust(
    session: string,
    judge: (row: SessionRow, now: number) => SessionRow | 'delete' | undefined,
  ): Promise<{ before: SessionRow; after: SessionRow | 'delete' } | undefined> {
    const { store, tenant } = this.#options
    const partition = { tenant, id: session }
    for (let tries = 0; tries < TRIES; tries++) {
      const { rows, now } = await store.read(partition, [{ get: [SESSION_KEY] }])
      const found = rows[0]?.[0]
      if (!found) return undefined
      const before = parseRow(found)
      const after = judge(before, now)
      if (after === undefined) return undefined
      const outcome = await store.commit(partition, {
        id: randomUUID(),
        expect: [{ key: SESSION_KEY, rev: found.rev }],
        ...(after === 'delete' ? deletion(now) : rewriting(session, before, after, now)),
      })
      if (outcome.ok) return { before, after }
    }
    throw new EverthreadError('CONFLICT', 'The session was written to all the time: try again when it is idle')
  }

  /** The row after the commit has landed. */
  async #run(session: string, fence: Fence | undefined, plan: (draft: Draft) => SessionRow): Promise<SessionRow> {
    let row: SessionRow | undefined
    await this.#options.desk(session).queue.run((draft) => {
      row = plan(draft)
    }, fence)
    return row as SessionRow
  }
}

const notFound = (): EverthreadError =>
  new EverthreadError('SESSION_NOT_FOUND', 'There is no such session: make it, or choose another', { committed: 'no' })

const parseRow = (row: Row): SessionRow => parseStored('session', () => parseSession(decoder.decode(row.value)))

function rewriting(session: string, before: SessionRow, after: SessionRow, now: number): Omit<Commit, 'id'> {
  const { row, ...beside } = changeOf(session, undefined, after, now)
  return { ops: after === before ? [] : [{ put: SESSION_KEY, value: encoder.encode(sessionText(row)) }], ...beside }
}

/** Whoever makes the session again takes the time off with the first commit. */
function deletion(now: number): Omit<Commit, 'id'> {
  const gone: GoneSession = { at: Math.floor(now) }
  return {
    ops: [{ delPrefix: '' }, { put: GONE_KEY, value: encoder.encode(JSON.stringify(gone)), ttlMs: GONE_MS }],
    index: [],
    expiry: { expiresInMs: GONE_MS, removeInMs: GONE_MS },
  }
}

export const sessionExists = (): EverthreadError =>
  new EverthreadError('SESSION_EXISTS', 'There is a session with this id: get it, or choose another', {
    committed: 'no',
  })
