import { randomUUID } from 'node:crypto'
import type { Commit, Expect, Key, Op } from '../contract/store.ts'
import type { Chunk } from './chunk-cache.ts'
import type { Fence } from './fence.ts'
import { headKey, SESSION_KEY, STAGE_KEY, tipPrefix } from './layout.ts'
import type { Address } from './runs.ts'
import { type Position, SegmentPlan } from './segment-plan.ts'
import type { SessionChange } from './session-change.ts'
import { type SessionRow, sessionText } from './session-row.ts'
import type { Thread, Tip } from './thread.ts'
import { parseTip, tipText } from './tip.ts'

const encoder = new TextEncoder()

export interface DraftOptions {
  /** Store time, ms. */
  now: number
  /** How often the same mutations were refused already. */
  conflicts: number
  /** Told of every chunk that the store has taken. */
  stored(segment: string, chunk: Chunk): void
  /** Told of a session that is active again. */
  resumed(row: SessionRow): void
}

/** What the waiting mutations together will change, and what they assume. The thread changes only once it landed. */
export class Draft {
  readonly thread: Thread
  /** Store time, ms. */
  readonly now: number
  /** How often the same mutations were refused already. */
  readonly conflicts: number
  fence: Fence | undefined
  #session: SessionRow | undefined
  #change: Pick<SessionChange, 'index' | 'expiry'> = {}
  #needsSession = false
  #repeats = false
  readonly #texts = new Map<Key, string | undefined>()
  readonly #expects = new Map<Key, number>()
  readonly #tips = new Map<string, { before: Key | null; tip: Tip }>()
  readonly #resumed: (row: SessionRow) => void
  readonly #segments: SegmentPlan
  readonly #written = new Map<string, Address>()
  readonly #landed: ((rev: number) => void)[] = []
  readonly #rows: Op[] = []

  constructor(thread: Thread, options: DraftOptions) {
    this.thread = thread
    this.now = options.now
    this.conflicts = options.conflicts
    this.#resumed = options.resumed
    this.#segments = new SegmentPlan(thread, options.stored)
    this.#session = thread.session?.row
  }

  get session(): SessionRow | undefined {
    return this.#session
  }

  setSession({ row, resumed, ...beside }: SessionChange): void {
    if (resumed) this.onLanded(() => this.#resumed(row))
    this.expect(SESSION_KEY, this.thread.session?.rev ?? 0)
    // What a copy or an import has left that was cut off must not come to light with it.
    if (!this.thread.session) this.expect(STAGE_KEY, 0)
    this.#session = row
    this.put(SESSION_KEY, sessionText(row))
    this.#change = { ...this.#change, ...beside }
  }

  /** Lets the commit pass only while the session stands, whoever writes to it. */
  needSession(): void {
    if (this.thread.session) this.#needsSession = true
  }

  tip(namespace: string): Tip | undefined {
    return this.#tips.get(namespace)?.tip ?? this.thread.tips.get(namespace)
  }

  setTip(namespace: string, tip: Tip): void {
    const before = this.#tips.get(namespace)?.before ?? this.thread.tips.get(namespace)?.key ?? null
    const last = this.tip(namespace)?.key
    if (last !== undefined && last !== tip.key) this.remove(last)
    this.#tips.set(namespace, { before, tip })
    this.put(tip.key, tipText(tip))
  }

  /** Whether an earlier mutation of this draft puts a checkpoint there. */
  touches(namespace: string): boolean {
    return this.#tips.has(namespace)
  }

  put(key: Key, text: string): void {
    this.#texts.set(key, text)
  }

  remove(key: Key): void {
    this.#texts.set(key, undefined)
  }

  /** Whether an earlier mutation of this draft puts or removes the row. */
  changes(key: Key): boolean {
    return this.#texts.has(key)
  }

  /** Rows that are not the checkpoints' own, in the same commit. */
  add(ops: readonly Op[]): void {
    this.#rows.push(...ops)
  }

  /** Whether an earlier mutation of this draft puts the row. */
  puts(key: Key): boolean {
    return this.#texts.get(key) !== undefined || this.#rows.some((op) => 'put' in op && op.put === key)
  }

  /** Whether the head of a segment is known, or the segment is this draft's own. */
  knowsSegment(segment: string): boolean {
    return this.thread.heads.has(segment) || this.#segments.has(segment)
  }

  /** The first assumption about a row stands: later mutations of the draft see what earlier ones did. */
  expect(key: Key, rev: number): void {
    if (!this.#expects.has(key)) this.#expects.set(key, rev)
  }

  /** Remembers entries of pending writes, so that the channel which comes to hold them refers to them. */
  noteWritten({ added }: { added: { name: string; at: Address }[] }): void {
    for (const { name, at } of added) {
      this.#written.set(name, at)
      this.onLanded(() => this.thread.written.note(name, at))
    }
  }

  /** Where a pending write has stored the entry of this name. */
  written(name: string): Address | undefined {
    const own = this.#written.get(name)
    if (own) return own
    const at = this.thread.written.find(name)
    if (!at) return undefined
    if (this.thread.session) {
      this.#repeats = true
      return at
    }
    const head = this.thread.heads.get(at.segment)
    if (!head) return undefined
    this.expect(headKey(at.segment), head.rev)
    return at
  }

  /** Called in order once the store has taken everything, with the revision. */
  onLanded(done: (rev: number) => void): void {
    this.#landed.push(done)
  }

  /** Adds entries for the children of a checkpoint and says where they will stand. */
  append(lane: string, lines: readonly string[], position: Position): Address {
    return this.#segments.append(lane, lines, position)
  }

  /** Segments whose entries go ahead of the commit that names them. */
  get staged(): ReadonlySet<string> {
    return this.#segments.staged
  }

  /** The commits that bring this about: any number that nothing refers to yet, then the one that counts. */
  commits(): { staged: Commit[]; last: Commit } {
    // Whoever removes entries must see that one which stood before has come into use again.
    if (this.#repeats && this.#session) this.setSession({ row: this.#session })
    const { staged, ops, expects, landed } = this.#segments.lay()
    for (const { key, rev } of expects) this.expect(key, rev)
    this.onLanded(landed)
    for (const [key, text] of this.#texts)
      ops.push(text === undefined ? { del: key } : { put: key, value: encoder.encode(text) })
    ops.push(...this.#rows)
    const last: Commit = { id: randomUUID(), expect: this.#assumptions(), ops, ...this.#change }
    if (this.fence) last.fence = { key: this.fence.key, rev: this.fence.rev() }
    return { staged: staged.map((stage) => ({ id: randomUUID(), ops: stage })), last }
  }

  /** Brings the thread up to what the store has taken. */
  landed(rev: number): void {
    const { thread } = this
    if (this.#texts.has(SESSION_KEY) && this.#session) thread.session = { rev, row: this.#session }
    for (const [namespace, { tip }] of this.#tips) thread.tips.set(namespace, { ...tip, rev })
    for (const done of this.#landed) done(rev)
  }

  #assumptions(): Expect[] {
    const expects: Expect[] = [...this.#expects].map(([key, rev]) => ({ key, rev }))
    for (const [namespace, { before }] of this.#tips) expects.push({ prefix: tipPrefix(namespace), first: before })
    if (this.#needsSession) expects.push({ prefix: SESSION_KEY, first: SESSION_KEY })
    return expects
  }

  /** Takes in the rows of a refused commit: what was assumed and is not among them is absent. */
  absorb(rows: Map<Key, { rev: number; text: string }>): void {
    const { thread } = this
    if (this.#needsSession || this.#expects.has(SESSION_KEY)) {
      const row = rows.get(SESSION_KEY)
      thread.learnSession(row?.rev ?? 0, row?.text)
    }
    for (const key of this.#expects.keys()) {
      const row = rows.get(key)
      if (key === SESSION_KEY || key === STAGE_KEY) continue
      if (isHead(key)) thread.learnHead(key.slice(2), row?.rev ?? 0, row?.text)
      else {
        thread.doubtOpenRows()
        thread.notePresent(key, row !== undefined)
      }
    }
    for (const namespace of this.#tips.keys()) {
      const prefix = tipPrefix(namespace)
      const [key, row] = [...rows].find(([name]) => name.startsWith(prefix)) ?? []
      thread.learnTip(
        namespace,
        key === undefined || row === undefined ? undefined : { ...parseTip(key, row.text), rev: row.rev },
      )
    }
  }
}

const isHead = (key: Key): boolean => key.startsWith(headKey(''))
