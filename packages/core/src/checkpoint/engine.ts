import { LRUCache } from 'lru-cache'
import { OWN_PREFIX } from '../contract/partition.ts'
import type { Clock } from '../contract/ports.ts'
import type { Op, Partition, Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { type AppendMessages, MessagesAppend } from './append.ts'
import { type Appended, NONE_APPENDED } from './appended.ts'
import { type BranchAside, readAside } from './branch-aside.ts'
import { defaultCacheBytes } from './cache-bytes.ts'
import { ChunkCache } from './chunk-cache.ts'
import { CommitQueue } from './commit-queue.ts'
import type { Desk } from './desk.ts'
import { EncodedObjects } from './encoded-objects.ts'
import { type ExpectedRow, expectRows } from './expected-rows.ts'
import type { Fence } from './fence.ts'
import { Histories } from './histories.ts'
import { CheckpointLoader, type LoadedCheckpoint } from './loader.ts'
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
import { parentName, type SeenTip, Thread } from './thread.ts'
import type { ValueFormat } from './value-format.ts'

export interface EngineOptions {
  store: Store
  /** The outermost scope. Default `default`. */
  tenant?: string
  format: ValueFormat
  /** The channel of the root namespace whose messages are the session's history. */
  historyChannel?: string
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
  readonly #tenant: string
  readonly #chunks: ChunkCache
  readonly #reader: Reader
  readonly #desks: LRUCache<string, Desk>
  /** Store time less this process' monotonic time, which no jump of its clock moves. */
  #ahead: number | undefined

  constructor(options: EngineOptions) {
    this.#options = options
    this.#tenant = options.tenant ?? 'default'
    this.#chunks = new ChunkCache(options.cacheBytes ?? defaultCacheBytes())
    this.#reader = new Reader(options.store, this.#chunks, (now) => this.#note(now))
    this.#desks = new LRUCache({ max: Math.max(1, options.cacheSessions ?? 100) })
    this.histories = new Histories((session) => this.#desk(session))
    this.rows = new SessionRows({
      store: options.store,
      tenant: this.#tenant,
      desk: (session) => this.#desk(session),
      peek: (session) => this.#desks.peek(session),
      learnTime: (session) => this.learnTime(session),
      forget: (session) => this.#forget(session),
    })
    this.copies = new SessionCopies(options.store, (session) => this.#desk(session))
  }

  /** Everything of `request` is read before the first wait. Resolves once the store has it. */
  put(session: string, request: PutCheckpoint): Promise<void> {
    const desk = this.#desk(session)
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
    if (this.#ahead === undefined && !this.#options.clock) await this.#reader.session(this.#desk(session).thread)
  }

  /**
   * Puts messages behind the tip's own. Gives whether this call did it, rather than one before.
   *
   * @throws `SESSION_NOT_FOUND`, `SESSION_ARCHIVED`, `SESSION_EXPIRED`, and a `TipMoved`
   */
  async append(session: string, request: AppendMessages): Promise<boolean> {
    await this.learnTime(session)
    return new MessagesAppend(this.#desk(session), request).run()
  }

  /**
   * A branch that is not at the tip; undefined: it is.
   *
   * @throws `BRANCH_NOT_FOUND`
   */
  branchAside(session: string, branch: string): Promise<BranchAside | undefined> {
    return readAside(this.#desk(session), branch)
  }

  putWrites(session: string, request: PutWrites): Promise<void> {
    return new WritesPut(this.#desk(session), request).run()
  }

  /** Rows of others in a commit of their own, in line with everything else that this process writes there. */
  commit(session: string, ops: readonly Op[], fence?: Fence): Promise<void> {
    return this.#desk(session).queue.run((draft) => draft.add(ops), fence)
  }

  /**
   * Rows of others that go by rows of others, whoever writes checkpoints meanwhile.
   *
   * @throws a `RowsMoved`
   */
  commitRows(session: string, ops: readonly Op[], expect: readonly ExpectedRow[], fence?: Fence): Promise<void> {
    return this.#desk(session).queue.run((draft) => {
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
    return moveTip(this.#desk(session), move)
  }

  /** The tip of the root, as this process saw it last. */
  knownTip(session: string): SeenTip | undefined {
    return this.#desk(session).thread.tips.get('')
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
    return new CheckpointLoader(this.#desk(session)).load(namespace, id === undefined ? undefined : { id, appended })
  }

  /** Newest first within a namespace; all namespaces when none is given. What it yields may share messages. */
  list(session: string, query: { namespace?: string; before?: string }): AsyncGenerator<LoadedCheckpoint> {
    return new CheckpointLoader(this.#desk(session)).list(query)
  }

  /** The checkpoints before the one with this id, parent by parent, nearest first. */
  ancestors(session: string, namespace: string, id: string): AsyncGenerator<LoadedCheckpoint> {
    return new CheckpointLoader(this.#desk(session)).ancestors(namespace, id)
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
    return pruneSession(this.#options.store, this.#desk(session), keep, entries)
  }

  /** What the session row says; undefined when there is no such session. */
  session(session: string): Promise<SessionRow | undefined> {
    return this.rows.get(session)
  }

  async delete(session: string): Promise<void> {
    await this.#forget(session)
    await this.#options.store.drop(this.#partition(session))
  }

  /** Gives memory back: what only saves reading, of all sessions. Nothing that is under way is disturbed. */
  shedEntries(): void {
    this.#chunks.clear()
  }

  /** Gives back what is known of sessions that nothing is under way in. How many. */
  shedSessions(): number {
    const idle = [...this.#desks.entries()].filter(([, { queue, puts }]) => queue.isIdle && puts.size === 0)
    for (const [session] of idle) this.#desks.delete(session)
    return idle.length
  }

  async #forget(session: string): Promise<void> {
    const desk = this.#desks.get(session)
    // A commit of ours that is under way would bring the session back.
    if (desk) await desk.queue.settled()
    this.#desks.delete(session)
  }

  #desk(session: string): Desk {
    let desk = this.#desks.get(session)
    if (!desk) {
      const { store, format, historyChannel, share = false } = this.#options
      const thread = new Thread(this.#partition(session))
      const queue = new CommitQueue(store, thread, {
        now: () => this.now(),
        note: (now) => this.#note(now),
        stored: (segment, chunk) => this.#chunks.add(thread.partition, segment, chunk),
        resumed: (row) => this.#options.onResumed?.(session, row),
      })
      desk = {
        thread,
        queue,
        reader: this.#reader,
        format,
        encoded: new EncodedObjects(format.snapshots),
        puts: new Map(),
        historyChannel,
        share,
      }
      this.#desks.set(session, desk)
    }
    return desk
  }

  #partition(session: string): Partition {
    if (typeof session !== 'string' || session === '') {
      throw new EverthreadError('ID_INVALID', 'Give the session an id: a string that is not empty')
    }
    if (session.startsWith(OWN_PREFIX)) {
      throw new EverthreadError(
        'ID_INVALID',
        `Give the session another id: those that start with ${OWN_PREFIX} are reserved`,
      )
    }
    return { tenant: this.#tenant, id: session }
  }

  #note(storeTime: number): void {
    this.#ahead = storeTime - performance.now()
  }
}
