import { BranchLeft, type Landed, TipMoved, type TipState } from '../checkpoint/append.ts'
import { type Appended, NONE_APPENDED, sameAppended } from '../checkpoint/appended.ts'
import type { Head } from '../checkpoint/branch-row.ts'
import type { CheckpointEngine } from '../checkpoint/engine.ts'
import type { Fence } from '../checkpoint/fence.ts'
import { assertOwner, type Owner } from '../checkpoint/session-change.ts'
import { FIRST_STANDING, MAIN } from '../checkpoint/standing.ts'
import type { Key, Op } from '../contract/store.ts'
import type { NeutralMessage } from '../message/message.ts'
import { waitingAfter } from '../message/waiting.ts'
import { appendAside, viewAt } from './append-aside.ts'
import { type AppendPlan, planById, planNew } from './append-plan.ts'
import { nextCheckpointId } from './checkpoint-id.ts'
import { historyAt, isWhole, mergeMessages } from './history.ts'
import type { OwnMessage } from './own-message.ts'
import type { ViewPut } from './view-changes.ts'

/** The session as of its tip. */
export interface View {
  tip: TipState
  /** The history: nobody changes these objects. */
  messages: readonly NeutralMessage[]
  /** Those that stand behind the tip's own, as they were appended. */
  behind: readonly NeutralMessage[]
  /** The id of the branch whose tip it is. */
  branch: string
  /** What is behind, as it is stored. */
  texts: readonly string[]
  /** The text of the tip's record, where that alone says what the history is; else it is read every time. */
  record: string | undefined
}

export interface AppendOptions {
  fence?: Fence
  /** Rows of others in the same commit. */
  ops?: readonly Op[]
  once?: { key: Key; value: Uint8Array; ttlMs: number }
  /** The id of the message that they follow; null: none. Undefined: whatever is the last. */
  parent?: string | null | undefined
  /** The id of the branch that they are for, wherever it stands. Undefined: the one that is seen. */
  branch?: string
}

/** The messages follow one that is no longer the last. */
export class ParentPassed extends Error {}

const EMPTY: View = {
  ...{ tip: { id: undefined, appended: NONE_APPENDED }, messages: [], behind: [], branch: MAIN },
  ...{ texts: [], record: undefined },
}
const HEADER = { source: 'core' }

const lastOf = ({ messages }: View): string | null => messages.at(-1)?.id ?? null

/** Reads and extends what stands at the tip of a session. One for those who share what is known of it. */
export class SessionContent {
  readonly #engine: CheckpointEngine
  readonly #session: string
  readonly #owner: Owner | undefined
  #known: View | undefined
  /** The last view: what was decoded for it is not decoded again. */
  #last: View = EMPTY
  /** What is known was made of what this process has added; others may have been here meanwhile. */
  #isGrown = false

  /** `owner` when this is about a session that was looked at: another one in its place is neither read nor written. */
  constructor(engine: CheckpointEngine, session: string, owner?: Owner) {
    this.#engine = engine
    this.#session = session
    this.#owner = owner
  }

  /** As it stands in the store. */
  async view(): Promise<View> {
    const before = this.#known
    const text = before?.record
    const same = before && text !== undefined ? { text, appended: before.tip.appended } : undefined
    const loaded = await this.#engine.loadTip(this.#session, same)
    if (this.#owner) assertOwner(this.#engine.rows.known(this.#session)?.row, this.#owner)
    const { branch } = this.#engine.knownTip(this.#session)?.standing ?? FIRST_STANDING
    if (!loaded) return this.#know(EMPTY)
    if (loaded === 'same') return this.#know({ ...(before as View), branch })
    const { id, appended } = loaded
    const behind = this.#decode(appended.texts)
    const own = await historyAt(this.#engine, this.#session, loaded)
    const channel = this.#engine.historyChannel(this.#session)
    const rest = { behind, texts: appended.texts, record: isWhole(loaded, channel) ? loaded.text : undefined }
    return this.#know({ tip: { id, appended }, messages: mergeMessages(own, behind), branch, ...rest })
  }

  #know(view: View, isGrown = false): View {
    this.#known = view
    this.#last = view
    this.#isGrown = isGrown
    return view
  }

  /** What is seen from another place than the tip. */
  async messagesAt(head: Head): Promise<readonly NeutralMessage[]> {
    return (await viewAt(this.#engine, this.#session, head)).messages
  }

  /**
   * What is seen on a branch, wherever it stands.
   *
   * @throws `BRANCH_NOT_FOUND`
   */
  async messagesOn(branch: string, { afresh }: { afresh: boolean }): Promise<readonly NeutralMessage[]> {
    for (let seen = afresh ? await this.view() : await this.known(); ; seen = await this.view()) {
      if (seen.branch === branch) return seen.messages
      const aside = await this.#engine.branchAside(this.#session, branch)
      if (aside) return this.messagesAt(aside.row.head)
    }
  }

  async countAt(head: Head): Promise<number> {
    return (await this.messagesAt(head)).length
  }

  /** As it was last seen. */
  async known(): Promise<View> {
    return this.#known && !this.#isGrown ? this.#known : this.view()
  }

  forget(): void {
    this.#known = undefined
  }

  /** Forgets what was last seen, unless this is still the tip. */
  tipIs(id: string | null, appended: Appended): void {
    const tip = this.#known?.tip
    if (tip && (tip.id ?? null) === id && sameAppended(tip.appended, appended)) this.#isGrown = false
    else this.#known = undefined
  }

  /**
   * Adds messages behind the tip, which may move meanwhile. Gives whether this call did it, rather than one before
   * with the same `once`.
   *
   * @throws `ParentPassed`
   */
  async append(own: readonly OwnMessage[], options: AppendOptions = {}): Promise<boolean> {
    const { fence, ops = [], once, parent, branch } = options
    const named = own.some((one) => one.named)
    const depends = named || parent !== undefined
    const newMessages = own.map(({ message }) => message)
    for (let view = await this.#viewFor(named, parent); ; view = await this.view()) {
      let grown: View | undefined
      const plan = depends ? planById(own, view) : planNew(own)
      const isThere = plan.messages.length === 0
      if (isThere && ops.length === 0 && once === undefined) return false
      if (!isThere && parent !== undefined && parent !== lastOf(view)) throw new ParentPassed()
      try {
        const waitingNow = (before?: readonly string[]): string[] => waitingAfter(before, newMessages)
        const request = {
          ...plan,
          ...this.#beginning(),
          waitingAfter: waitingNow,
          fence,
          ops,
          once,
          branch,
          owner: this.#owner,
        }
        const landed = await this.#engine.append(this.#session, request)
        grown = grownView(view, plan, landed)
        return landed.isNew
      } catch (error) {
        if (error instanceof BranchLeft && branch !== undefined) {
          const beside = { ...this.#beginning(), fence, ops, once, owner: this.#owner }
          const place = { engine: this.#engine, session: this.#session }
          if (await appendAside(place, own, branch, beside)) return true
        } else if (!(error instanceof TipMoved)) throw error
      } finally {
        if (grown) this.#know(grown, true)
        else this.#known = undefined
      }
    }
  }

  /** What a parent is compared with has to be as it is now; what ids are compared with is checked by the commit. */
  async #viewFor(named: boolean, parent: string | null | undefined): Promise<View> {
    if (parent !== undefined) return this.view()
    return named ? (this.#known ?? this.view()) : EMPTY
  }

  /** Makes the session, unless somebody else was faster. */
  async begin(): Promise<void> {
    const request = {
      ...planNew([]),
      ...this.#beginning(),
      waitingAfter: () => [],
      fence: undefined,
      ops: [],
      once: undefined,
    }
    await this.#engine.append(this.#session, { ...request, owner: this.#owner })
  }

  /** A tip without anything: what was before stays, and is not seen. */
  async clear(fence?: Fence): Promise<void> {
    const beside = { namespace: '', userId: undefined, metadata: undefined, owner: this.#owner, fence }
    await this.#engine.put(this.#session, { ...this.emptyTip(), ...beside })
    this.#known = undefined
  }

  /** A checkpoint with nothing in it, as the tip. */
  emptyTip(): ViewPut {
    const { header, firstId } = this.#beginning()
    const nothing = { changed: new Map(), emptied: new Set<string>(), carries: () => false, needsParent: false }
    return { ...nothing, id: firstId(), parentId: undefined, header, stands: 'afresh' }
  }

  /** An id after that of the tip. */
  nextId(): string {
    return nextCheckpointId(this.#engine.knownTip(this.#session)?.id, this.#engine.now())
  }

  #beginning(): { header: unknown; firstId(): string } {
    return { header: HEADER, firstId: () => this.nextId() }
  }

  /** What was decoded before is not decoded again. */
  #decode(texts: readonly string[]): NeutralMessage[] {
    const { texts: before, behind } = this.#last
    return texts.map((text, i) => (before[i] === text ? (behind[i] as NeutralMessage) : decoded(text)))
  }
}

const decoded = (text: string): NeutralMessage => JSON.parse(text) as NeutralMessage

/** A view with what has landed behind it; undefined: what the history is then has to be read. */
function grownView(view: View, { on, replaces }: AppendPlan, { tip, texts }: Landed): View | undefined {
  // Only what was planned on the view is known to stand right behind it.
  if (on !== view.tip || !tip || view.record === undefined || replaces === 'all') return undefined
  const added = texts.map(decoded)
  const behind = { messages: [...view.behind], texts: [...view.texts] }
  for (const [i, message] of added.entries()) {
    const at = replaces.get(i) ?? behind.messages.length
    behind.messages[at] = message
    behind.texts[at] = texts[i] as string
  }
  return {
    ...view,
    tip,
    messages: mergeMessages(view.messages, added),
    behind: behind.messages,
    texts: behind.texts,
  }
}
