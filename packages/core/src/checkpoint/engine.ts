import type { Clock } from '../contract/ports.ts'
import type { Op, Store } from '../contract/store.ts'
import { type AppendMessages, type Landed, MessagesAppend } from './append.ts'
import { type Appended, NONE_APPENDED } from './appended.ts'
import { type BranchAside, readAside } from './branch-aside.ts'
import { defaultCacheBytes } from './cache-bytes.ts'
import { ChunkCache } from './chunk-cache.ts'
import type { Desk } from './desk.ts'
import { Desks } from './desks.ts'
import { type ExpectedRow, expectRows } from './expected-rows.ts'
import type { Fence } from './fence.ts'
import { Histories } from './histories.ts'
import { CheckpointLoader, type KnownTip, type LoadedCheckpoint } from './loader.ts'
import { moveTip, type TipMove } from './move-tip.ts'
import { type Keep, type Pruned, pruneSession } from './prune.ts'
import { CheckpointPut } from './put.ts'
import type { PutCheckpoint } from './put-request.ts'
import { type PutWrites, WritesPut } from './put-writes.ts'
import { Reader } from './reader.ts'
import { SessionCopies } from './session-copies.ts'
import { SESSIONS_INDEX, userIndex } from './session-index.ts'
import type { SessionRow } from './session-row.ts'
import { SessionRows } from './session-rows.ts'
import { parentName, type SeenTip } from './thread.ts'
import type { ValueFormat } from './value-format.ts'

export interface EngineOptions {
  store: Store
  /** The outermost scope. Default `default`. */
  tenant?: string
  format: ValueFormat
  /** The channel of the root namespace whose messages are the session's history, or what tells it of the session. */
  historyChannel?: string | ((row: SessionRow | undefined) => string)
  /** Hand out the same decoded messages again while a walk shows them unchanged. Default false: every load decodes. */
  share?: boolean
  /**
   * About how much entry text to keep in memory, in bytes; 0 keeps none. Default: 64 MiB, or an eighth of the heap
   * where that is less.
   */
  cacheBytes?: number
  /** How many sessions to know at once. Default 100. */
  cacheSessions?: number
  /** Told of a session that was idle or had expired, and is active again. */
  onResumed?(session: string, row: SessionRow): void
  /** Store time in ms, for tests. Default: what the store's answers tell. */
  clock?: Clock
}

/**
 * Checkpoints whose storage grows with what is new in each: values by reference to append-only entries, every
 * checkpoint whole by itself, forks that cannot touch each other.
 */
export class CheckpointEngine {
  /** The session rows alone. */
  readonly rows: SessionRows
  readonly copies: SessionCopies
  /** Where messages stand. */
  readonly histories: Histories
  readonly #options: EngineOptions
  readonly #chunks: ChunkCache
  readonly #reader: Reader
  readonly #desks: Desks
  /** Store time less this process' monotonic time, which no jump of its clock moves. */
  #ahead: number | undefined

  constructor(options: EngineOptions) {
    const { store, tenant = 'default' } = options
    this.#options = options
    this.#chunks = new ChunkCache(options.cacheBytes ?? defaultCacheBytes())
    this.#reader = new Reader(store, this.#chunks, (now) => this.#note(now))
    this.#desks = new Desks({
      store,
      tenant,
      reader: this.#reader,
      format: options.format,
      historyChannel: options.historyChannel,
      share: options.share ?? false,
      most: options.cacheSessions ?? 100,
      now: () => this.now(),
      note: (now) => this.#note(now),
      stored: (partition, segment, chunk) => this.#chunks.add(partition, segment, chunk),
      resumed: (session, row) => options.onResumed?.(session, row),
    })
    const desk = (session: string): Desk => this.#desks.of(session)
    this.histories = new Histories(desk)
    this.rows = new SessionRows({
      store,
      tenant,
      desk,
      peek: (session) => this.#desks.peek(session),
      learnTime: (session) => this.learnTime(session),
      forget: (session) => this.#desks.forget(session),
    })
    this.copies = new SessionCopies(store, desk)
  }

  /** Everything of `request` is read before the first wait. Resolves once the store has it. */
  put(session: string, request: PutCheckpoint): Promise<void> {
    const desk = this.#desks.of(session)
    const put = new CheckpointPut(desk, request)
    const isTimed = this.#ahead !== undefined || this.#options.clock !== undefined
    const done = isTimed ? put.run() : this.learnTime(session).then(() => put.run())
    const name = parentName(request.namespace, request.id)
    desk.puts.set(name, done)
    return done.finally(() => {
      if (desk.puts.get(name) === done) desk.puts.delete(name)
    })
  }

  /** Sessions and turns are dated by the store's time, which the first answer of the store tells. */
  async learnTime(session: string): Promise<void> {
    if (this.#ahead === undefined && !this.#options.clock) await this.#reader.session(this.#desks.of(session).thread)
  }

  /**
   * Puts messages behind the tip's own.
   *
   * @throws `SESSION_NOT_FOUND`, `SESSION_ARCHIVED`, `SESSION_EXPIRED`, and a `TipMoved`
   */
  async append(session: string, request: AppendMessages): Promise<Landed> {
    await this.learnTime(session)
    return new MessagesAppend(this.#desks.of(session), request).run()
  }

  /**
   * A branch that is not at the tip; undefined: it is.
   *
   * @throws `BRANCH_NOT_FOUND`
   */
  branchAside(session: string, branch: string): Promise<BranchAside | undefined> {
    return readAside(this.#desks.of(session), branch)
  }

  putWrites(session: string, request: PutWrites): Promise<void> {
    return new WritesPut(this.#desks.of(session), request).run()
  }

  /** Rows of others in a commit of their own, in line with everything else that this process writes there. */
  commit(session: string, ops: readonly Op[], fence?: Fence): Promise<void> {
    return this.#desks.of(session).queue.run((draft) => draft.add(ops), fence)
  }

  /**
   * Rows of others that go by rows of others, whoever writes checkpoints meanwhile.
   *
   * @throws a `RowsMoved`
   */
  commitRows(session: string, ops: readonly Op[], expect: readonly ExpectedRow[], fence?: Fence): Promise<void> {
    return this.#desks.of(session).queue.run((draft) => {
      draft.needSession()
      expectRows(draft, expect)
      draft.add(ops)
    }, fence)
  }

  /**
   * Makes a checkpoint that stands the tip of the root, with what is behind it; without one, the tip stays. Those after
   * it stay, and are no longer in the way.
   *
   * @throws `SESSION_NOT_FOUND`, `SESSION_ARCHIVED`, `SESSION_EXPIRED`, and a `RowsMoved`
   */
  moveTip(session: string, move: TipMove): Promise<void> {
    return moveTip(this.#desks.of(session), move)
  }

  /** The channel that holds the session's history, as this process saw the session last. */
  historyChannel(session: string): string {
    return this.#desks.of(session).historyChannel ?? ''
  }

  /** The tip of the root, as this process saw it last. */
  knownTip(session: string): SeenTip | undefined {
    return this.#desks.of(session).thread.tips.get('')
  }

  /** Store time in ms, as well as it is known. */
  now(): number {
    const { clock } = this.#options
    return Math.floor(clock ? clock() : performance.now() + (this.#ahead ?? performance.timeOrigin))
  }

  /** The checkpoint with this id, with what is said to be behind it, or the tip of the namespace. */
  load(
    session: string,
    namespace: string,
    id?: string,
    appended: Appended = NONE_APPENDED,
  ): Promise<LoadedCheckpoint | undefined> {
    return new CheckpointLoader(this.#desks.of(session)).load(
      namespace,
      id === undefined ? undefined : { id, appended },
    )
  }

  /** The tip of the root, unless it is as it is known: `same`. */
  loadTip(session: string, known: KnownTip | undefined): Promise<LoadedCheckpoint | 'same' | undefined> {
    return new CheckpointLoader(this.#desks.of(session)).loadTip('', known)
  }

  /** Newest first within a namespace; all namespaces when none is given. What it yields may share messages. */
  list(session: string, query: { namespace?: string; before?: string }): AsyncGenerator<LoadedCheckpoint> {
    return new CheckpointLoader(this.#desks.of(session)).list(query)
  }

  /** The checkpoints before the one with this id, parent by parent, nearest first. */
  ancestors(session: string, namespace: string, id: string): AsyncGenerator<LoadedCheckpoint> {
    return new CheckpointLoader(this.#desks.of(session)).ancestors(namespace, id)
  }

  /** A page of the tenant's sessions, or of one user's, newest first. */
  async sessions(query: {
    userId?: string
    limit: number
    cursor?: string
  }): Promise<{ ids: string[]; cursor: string | undefined }> {
    const { userId, limit, cursor } = query
    const index = userId === undefined ? SESSIONS_INDEX : userIndex(userId)
    return this.rows.page({ index, reverse: true, limit, ...(cursor === undefined ? {} : { cursor }) })
  }

  /** Removes checkpoints, and the entries that none of the kept ones refers to. */
  prune(session: string, keep: Keep, entries?: 'all' | 'of removed'): Promise<Pruned> {
    return pruneSession(this.#options.store, this.#desks.of(session), keep, entries)
  }

  /** What the session row says; undefined when there is no such session. */
  session(session: string): Promise<SessionRow | undefined> {
    return this.rows.get(session)
  }

  async delete(session: string): Promise<void> {
    await this.#desks.forget(session)
    await this.#options.store.drop(this.#desks.partition(session))
  }

  /** Gives memory back: what only saves reading, of all sessions. Nothing that is under way is disturbed. */
  shedEntries(): void {
    this.#chunks.clear()
  }

  /** Gives back what is known of sessions that nothing is under way in. How many. */
  shedSessions(): number {
    return this.#desks.shed()
  }

  #note(storeTime: number): void {
    this.#ahead = storeTime - performance.now()
  }
}
