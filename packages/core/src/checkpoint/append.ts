import type { Key, Op } from '../contract/store.ts'
import { type Appended, NONE_APPENDED, sameAppended } from './appended.ts'
import type { BranchAside } from './branch-aside.ts'
import { branchText } from './branch-row.ts'
import type { Desk } from './desk.ts'
import type { Draft } from './draft.ts'
import { expectRows } from './expected-rows.ts'
import type { Fence } from './fence.ts'
import { checkpointKey, tipKey } from './layout.ts'
import { type CheckpointRecord, recordText } from './record.ts'
import { historyOf } from './ref.ts'
import { type Address, addresses, pushAddress, type Run } from './runs.ts'
import { assertOpen, assertOwner, type Owner, touchSession } from './session-change.ts'
import { FIRST_STANDING } from './standing.ts'
import { laneOf } from './thread.ts'

/** A tip as it was seen: what depends on it is refused once it is another. */
export interface TipState {
  id: string | undefined
  appended: Appended
}

export interface AppendMessages {
  messages: readonly unknown[]
  /** What was known of the tip, if the messages depend on it. */
  on: TipState | undefined
  /**
   * By the place of a message in `messages`: that of the one behind the tip which it takes the place of. `all`: they
   * are all that stands behind the tip from now on.
   */
  replaces: ReadonlyMap<number, number> | 'all'
  /** How many of them the history did not have before. */
  added: number
  /** What the session waits for after these messages. */
  waitingAfter(before: readonly string[] | undefined): readonly string[]
  /** The id of the empty checkpoint to begin with, where there is none. */
  firstId(): string
  header: unknown
  fence: Fence | undefined
  /** Rows beside the messages, in the same commit. */
  ops: readonly Op[]
  /** A row that says that this was done: if it stands, nothing is. */
  once: { key: Key; value: Uint8Array; ttlMs: number } | undefined
  /** The id of the branch that they are for; undefined: whichever stands at the tip. */
  branch?: string | undefined
  /** It is not at the tip: they go behind what is behind it there. */
  aside?: BranchAside | undefined
  /** Refuse with `SESSION_NOT_FOUND` when it is another session by now; undefined: whichever it is, or a new one. */
  owner: Owner | undefined
}

/** What an append came to. */
export interface Landed {
  /** Whether it was done by this call, rather than before. */
  isNew: boolean
  /** The tip as it was right behind the messages; undefined: they did not go there. */
  tip: TipState | undefined
  /** The messages as they were stored. */
  texts: readonly string[]
}

/** The tip is no longer the one that the messages depend on. */
export class TipMoved extends Error {}

/** The branch that the messages are for is not the one at the tip. */
export class BranchLeft extends Error {}

/** The segment that messages go on in has a head that this process does not know. */
class HeadUnknown extends Error {
  readonly segment: string

  constructor(segment: string) {
    super()
    this.segment = segment
  }
}

/** Puts messages behind the tip's own: whoever runs a graph there takes them in. */
export class MessagesAppend {
  readonly #desk: Desk
  readonly #request: AppendMessages
  readonly #texts: string[]
  readonly #asked = new Set<string>()
  #repeated = false
  #begins = false
  #tip: TipState | undefined

  constructor(desk: Desk, request: AppendMessages) {
    this.#desk = desk
    this.#request = request
    const { encode } = historyOf(desk.format)
    this.#texts = request.messages.map((message) => encode(message))
  }

  async run(): Promise<Landed> {
    const { queue, reader, thread } = this.#desk
    if (this.#request.owner && !thread.session) await reader.session(thread)
    for (;;) {
      try {
        await queue.run((draft) => this.#plan(draft), this.#request.fence)
        return { isNew: !this.#repeated, tip: this.#tip, texts: this.#texts }
      } catch (error) {
        if (!(error instanceof HeadUnknown)) throw error
        await reader.heads(thread, [error.segment])
      }
    }
  }

  #plan(draft: Draft): void {
    const { aside, once, ops, owner, fence } = this.#request
    assertOwner(draft.session, owner)
    assertOpen(draft.session, fence)
    this.#tip = undefined
    this.#repeated = once !== undefined && (draft.thread.present.has(once.key) || draft.puts(once.key))
    if (this.#repeated) return
    if (aside) this.#planAside(draft, aside)
    else this.#planAtTip(draft)
    draft.add(ops)
    if (!once) return
    draft.expect(once.key, 0)
    draft.add([{ put: once.key, value: once.value, ttlMs: once.ttlMs }])
    draft.onLanded(() => draft.thread.notePresent(once.key, true))
  }

  #planAtTip(draft: Draft): void {
    const { on, branch } = this.#request
    const tip = draft.tip('')
    if (branch !== undefined && (tip?.standing ?? FIRST_STANDING).branch !== branch) throw new BranchLeft()
    if (on && !(on.id === tip?.id && sameAppended(on.appended, tip?.appended ?? NONE_APPENDED))) throw new TipMoved()
    this.#begins = tip === undefined
    const appended = this.#place(draft, tip?.appended ?? NONE_APPENDED)
    if (tip) {
      draft.setTip('', { ...tip, appended })
      this.#tip = { id: tip.id, appended }
    } else this.#begin(draft, appended)
    this.#touch(draft)
  }

  /** What is seen stays as it is. */
  #planAside(draft: Draft, { key, rev, row }: BranchAside): void {
    expectRows(draft, [{ key, rev }])
    const appended = this.#place(draft, row.head.appended)
    const messages = row.messages + this.#request.added
    draft.put(key, branchText({ ...row, head: { id: row.head.id, appended }, messages }))
    if (draft.session) draft.setSession({ row: draft.session })
  }

  #place(draft: Draft, before: Appended): Appended {
    const { added, replaces } = this.#request
    const count = before.count + added
    if (this.#texts.length === 0) return { runs: before.runs, count }
    const rewritten = replaces === 'all'
    const after = rewritten ? [] : before.runs
    const first = this.#append(draft, after)
    const own = this.#texts.map((_, i): Address => ({ segment: first.segment, position: first.position + i }))
    if (rewritten || replaces.size === 0) return { runs: extend(after, own), count }
    const places = [...addresses(before.runs)]
    for (const [i, at] of replaces) places[at] = own[i] as Address
    return { runs: extend([], [...places, ...own.filter((_, i) => !replaces.has(i))]), count }
  }

  #append(draft: Draft, after: readonly Run[]): Address {
    const last = after.at(-1)?.segment
    if (last !== undefined && !draft.knowsSegment(last) && !this.#asked.has(last)) {
      this.#asked.add(last)
      throw new HeadUnknown(last)
    }
    // Whoever appends goes on in the same segment, as long as nobody has gone on from an earlier place in it.
    return draft.append(laneOf('', this.#desk.historyChannel ?? ''), this.#texts, {
      parent: `behind ${last}`,
      after: after.slice(-1),
      afresh: last === undefined,
    })
  }

  /** A session begins with an empty checkpoint. */
  #begin(draft: Draft, appended: Appended): void {
    const { thread, format } = this.#desk
    const id = this.#request.firstId()
    const record: CheckpointRecord = {
      id,
      parentId: undefined,
      refs: new Map(),
      header: format.stringify(this.#request.header),
    }
    const text = recordText(record)
    const key = checkpointKey('', id)
    draft.expect(key, 0)
    draft.put(key, text)
    draft.setTip('', { id, key: tipKey('', id), open: 1, sealedTo: undefined, appended, standing: FIRST_STANDING })
    draft.onLanded((rev) => {
      thread.remember('', record)
      const rows = thread.openRows('')
      rows.complete = true
      rows.items.set(id, { rev, text })
    })
  }

  #touch(draft: Draft): void {
    const before = draft.session
    const change = touchSession(this.#desk.thread.partition.id, before, {
      now: draft.now,
      userId: undefined,
      metadata: undefined,
      checkpoints: this.#begins ? 1 : 0,
      messages: (before?.counts.messages ?? 0) + this.#request.added,
      waiting: this.#request.waitingAfter(before?.waiting),
    })
    draft.setSession(change)
  }
}

function extend(runs: readonly Run[], added: readonly Address[]): Run[] {
  const all = [...runs]
  for (const at of added) pushAddress(all, at)
  return all
}
