import { hash } from 'node:crypto'
import type { Op } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { type Appended, appendedAfter, NONE_APPENDED } from './appended.ts'
import type { Desk } from './desk.ts'
import type { Draft } from './draft.ts'
import type { Fence } from './fence.ts'
import { checkpointKey, tipKey, writeKey } from './layout.ts'
import { dependsOnStored, type Placed, place } from './place.ts'
import { matchStored, type Prepared, prepare } from './prepare.ts'
import { type CheckpointRecord, recordText, writeText } from './record.ts'
import { type RefText, refToRuns, runsOf } from './ref.ts'
import { addresses, countEntries } from './runs.ts'
import { sealCheckpoints } from './seal.ts'
import { insertItem, type SealedBlock } from './sealed-block.ts'
import { assertOpen, assertOwner, type Owner, touchSession } from './session-change.ts'
import { goneSession, laneOf, parentName, type Tip } from './thread.ts'
import { waitingAtCheckpoint } from './waiting.ts'

export interface PutCheckpoint {
  namespace: string
  id: string
  parentId: string | undefined
  /** The adapter's own part of the checkpoint, for `ValueFormat.stringify`. */
  header: unknown
  /** The channels that changed, with their values. */
  changed: ReadonlyMap<string, unknown>
  /** Channels that changed and hold nothing now. */
  emptied: ReadonlySet<string>
  /** Whether the parent's value of a channel that did not change is this checkpoint's, too. */
  carries(channel: string): boolean
  /** Whether there may be such channels: then the parent has to be there. */
  needsParent: boolean
  userId: string | undefined
  metadata: Record<string, unknown> | undefined
  fence: Fence | undefined
  /** Rows beside the checkpoint's, in the same commit. */
  ops?: readonly Op[]
  /** Refuse with `SESSION_NOT_FOUND` when it is another session by now. */
  owner?: Owner | undefined
  /** Whether the session waits for an answer or an approval from now on: until it comes, it does not expire. */
  waits?: boolean
  /** Messages from behind the parent that its values hold now. */
  handed?: HandedOver | undefined
  /** It begins a history: what others have appended before stays before. Default false. */
  afresh?: boolean
  /** Refuse with `CONFLICT` unless the parent is the tip of the namespace. Default false: the put forks. */
  onTip?: boolean
}

/** Messages that stood behind a checkpoint when a run went on from it: it takes them in before anything else. */
export interface HandedOver {
  /** Under which they are recorded as pending writes of that checkpoint. */
  task: string
  appended: Appended
}

/** Something that the values were prepared on, or the block that they go into, has changed meanwhile. */
class Stale extends Error {}

/** Each one means that another writer got through. */
const MAX_TRIES = 1_000

/** One put: values are taken apart at once, placed when the commit is planned, and remembered when it has landed. */
export class CheckpointPut {
  readonly #desk: Desk
  readonly #request: PutCheckpoint
  readonly #header: string
  readonly #prepared: Map<string, Prepared>
  #parent: CheckpointRecord | undefined
  #generation: string | undefined
  #block: SealedBlock | undefined

  /** Reads every value of the request, synchronously. */
  constructor(desk: Desk, request: PutCheckpoint) {
    const { thread, format } = desk
    const { namespace, parentId, changed } = request
    this.#desk = desk
    this.#request = request
    this.#parent = parentId === undefined ? undefined : thread.record(namespace, parentId)
    this.#generation = thread.session?.row.generation
    this.#header = format.stringify(request.header)
    this.#prepared = new Map([...changed].map(([channel, value]) => [channel, this.#prepare(channel, value)]))
  }

  #prepare(channel: string, value: unknown): Prepared {
    const { thread, format, reader } = this.#desk
    const before = this.#before(channel)
    return prepare(value, {
      name: channel,
      format,
      before: before?.shape,
      held: before && thread.held(laneOf(this.#request.namespace, channel), before.shape, before.runs),
      encoded: this.#desk.encoded,
      entry: (at) => reader.cached(thread, at),
    })
  }

  #before(channel: string): ReturnType<typeof runsOf> {
    const ref = this.#parent?.refs.get(channel)
    return ref === undefined ? undefined : runsOf(ref)
  }

  async run(): Promise<void> {
    const { parentId } = this.#request
    if (parentId !== undefined && !this.#parent) await this.#findParent(parentId)
    if (parentId !== undefined && !this.#parent && this.#request.needsParent) throw goneSession()
    await this.#matchUnheld()
    for (let tries = 0; ; tries++) {
      await this.#readBlock()
      try {
        return await this.#desk.queue.run((draft) => this.#plan(draft), this.#request.fence)
      } catch (error) {
        if (!(error instanceof Stale)) throw error
        if (tries >= MAX_TRIES) {
          const message = 'Other writers kept getting ahead: try again, or run one turn at a time'
          throw new EverthreadError('CONFLICT', message, { committed: 'no' })
        }
        await this.#renew()
      }
    }
  }

  /** The parent's own put may be under way: then this one waits for it. */
  async #findParent(id: string): Promise<void> {
    const { puts, thread } = this.#desk
    const { namespace } = this.#request
    await Promise.allSettled([puts.get(parentName(namespace, id))])
    this.#parent = thread.record(namespace, id)
    this.#generation = thread.session?.row.generation
    if (!this.#parent) await this.#readParent(id)
  }

  async #readParent(id: string): Promise<void> {
    const { reader, thread } = this.#desk
    this.#parent = (await reader.at(thread, this.#request.namespace, id))?.record
    this.#generation = thread.session?.row.generation
  }

  /** Where the parent's objects were not at hand, what is new shows by comparing text. */
  async #matchUnheld(): Promise<void> {
    const { reader, thread } = this.#desk
    const open = [...this.#prepared].flatMap(([channel, prepared]) => {
      const before = this.#before(channel)
      if (!before || 'inline' in prepared || prepared.base || prepared.afresh || prepared.shape !== before.shape)
        return []
      return prepared.slots.some(({ stored }) => !stored) ? [{ prepared, before }] : []
    })
    if (open.length === 0) return
    const table = await reader.entries(
      thread,
      open.map(({ before }) => before.runs),
      this.#request.namespace,
    )
    for (const { prepared, before } of open) {
      const stored = [...addresses(before.runs)].map((at) => ({ ...at, text: table.text(at.segment, at.position) }))
      matchStored(prepared.slots, stored)
    }
  }

  /** A checkpoint whose id falls into a sealed block has to go into that block. */
  async #readBlock(): Promise<void> {
    const { thread, reader } = this.#desk
    const { namespace, id } = this.#request
    const sealedTo = thread.tips.get(namespace)?.sealedTo
    const inside = sealedTo !== undefined && checkpointKey(namespace, id) <= checkpointKey(namespace, sealedTo)
    this.#block = inside ? await reader.block(thread, namespace, id) : undefined
  }

  /** After entries were removed: what is left is still good if the parent is still there. */
  async #renew(): Promise<void> {
    if (!this.#depends()) return
    const { parentId } = this.#request
    if (parentId !== undefined) await this.#readParent(parentId)
    if ((parentId !== undefined && !this.#parent) || !this.#desk.thread.session) {
      throw goneSession()
    }
  }

  #plan(draft: Draft): void {
    const { namespace, id } = this.#request
    assertOwner(draft.session, this.#request.owner)
    assertOpen(draft.session, this.#request.fence)
    if (this.#request.onTip) this.#assertOnTip(draft)
    this.#assertFresh(draft)
    const { format } = this.#desk
    const parent = parentName(namespace, this.#request.parentId)
    const placed = new Map<string, Placed>()
    for (const [channel, prepared] of this.#prepared) {
      const before = this.#before(channel)?.runs ?? []
      placed.set(channel, place(draft, laneOf(namespace, channel), prepared, { parent, before, format }))
    }
    const refs = this.#refs(placed)
    const record: CheckpointRecord = { id, parentId: this.#request.parentId, refs, header: this.#header }
    const added = this.#planRows(draft, recordText(record))
    this.#recordHanded(draft)
    this.#planSession(draft, refs, added)
    if (this.#request.ops) draft.add(this.#request.ops)
    draft.onLanded(() => {
      this.#desk.thread.remember(namespace, record)
      for (const [channel, { held }] of placed) if (held) this.#desk.thread.hold(laneOf(namespace, channel), held())
    })
  }

  /** A tip that this process does not know is the store's to judge: the commit says what it took it for. */
  #assertOnTip(draft: Draft): void {
    const tip = draft.tip(this.#request.namespace)
    if (tip === undefined || tip.id === this.#request.parentId) return
    throw new EverthreadError(
      'CONFLICT',
      'Another run has gone on from the checkpoint that this one follows: load the session and run again',
      { committed: 'no' },
    )
  }

  #assertFresh(draft: Draft): void {
    if (this.#depends() && draft.session?.generation !== this.#generation) {
      this.#generation = draft.session?.generation
      throw new Stale()
    }
    const { namespace, id } = this.#request
    const sealedTo = draft.tip(namespace)?.sealedTo
    const inside = sealedTo !== undefined && checkpointKey(namespace, id) <= checkpointKey(namespace, sealedTo)
    if (inside && !this.#block) throw new Stale()
    // Another put may have gone into the block since it was read, or goes in by this very commit.
    if (this.#block && (draft.conflicts > 0 || draft.changes(this.#block.key))) throw new Stale()
  }

  #depends(): boolean {
    return this.#parent !== undefined || [...this.#prepared.values()].some(dependsOnStored)
  }

  #refs(placed: Map<string, Placed>): Map<string, RefText> {
    const refs = new Map<string, RefText>()
    for (const [channel, ref] of this.#parent?.refs ?? []) {
      const changed = placed.get(channel)
      if (changed) refs.set(channel, changed.ref)
      else if (!this.#request.emptied.has(channel) && this.#request.carries(channel)) refs.set(channel, ref)
    }
    for (const [channel, { ref }] of placed) if (!refs.has(channel)) refs.set(channel, ref)
    return refs
  }

  /** How many checkpoints there are more. */
  #planRows(draft: Draft, text: string): number {
    const { namespace, id } = this.#request
    const { thread } = this.#desk
    const tip = draft.tip(namespace)
    const tipId = tip && tip.id > id && !this.#follows(tip) && !this.#request.afresh ? tip.id : id
    if (this.#block) {
      if (tip) draft.setTip(namespace, { ...tip, ...this.#standing(tip, tipId) })
      return insertItem(draft, this.#block, namespace, id, text)
    }
    const key = checkpointKey(namespace, id)
    const there = draft.changes(key) || thread.present.has(key) || thread.record(namespace, id) !== undefined
    if (!there) draft.expect(key, 0)
    const alone = !draft.touches(namespace)
    const sealed = alone ? sealCheckpoints(draft, namespace, id) : undefined
    const open = (sealed?.open ?? tip?.open ?? 0) + (there ? 0 : 1)
    draft.put(key, text)
    draft.setTip(namespace, {
      ...this.#standing(tip, tipId),
      open,
      sealedTo: sealed?.sealedTo ?? tip?.sealedTo,
    })
    const first = tip === undefined
    draft.onLanded((rev) => {
      const rows = thread.openRows(namespace)
      if (first) rows.complete = true
      rows.items.set(id, { rev, text })
    })
    return there ? 0 : 1
  }

  /** Where the tip stands then, and behind it what others have appended and this checkpoint has not taken in. */
  #standing(tip: Tip | undefined, id: string): Pick<Tip, 'id' | 'key' | 'appended'> {
    const { namespace, handed, afresh } = this.#request
    const before = tip && !afresh ? tip.appended : NONE_APPENDED
    const rest = handed && id === this.#request.id ? appendedAfter(before, handed.appended) : undefined
    return { id, key: tipKey(namespace, id), appended: rest ?? before }
  }

  /** What was handed over becomes part of the checkpoint that it was handed over with. */
  #recordHanded(draft: Draft): void {
    const { namespace, parentId, handed } = this.#request
    const { historyChannel, thread } = this.#desk
    if (!handed || parentId === undefined || historyChannel === undefined) return
    const { task, appended } = handed
    const ref = refToRuns('h', appended.runs)
    const index = placeBeforeInput(ref)
    const key = writeKey(namespace, parentId, task, index)
    const text = writeText({ task, index, channel: historyChannel, path: undefined, ref })
    draft.put(key, text)
    draft.onLanded((rev) => thread.noteOpenWrite(namespace, parentId, key, { rev, text }))
  }

  /** Who holds a fence writes after the tip, whatever the clock behind the id said. */
  #follows(tip: Tip): boolean {
    const { fence, onTip, parentId } = this.#request
    return (fence !== undefined || onTip === true) && tip.id === parentId
  }

  #planSession(draft: Draft, refs: Map<string, RefText>, added: number): void {
    const { userId, metadata, namespace, id, waits = false } = this.#request
    const { historyChannel } = this.#desk
    const before = draft.session
    const isTip = namespace === '' && draft.tip('')?.id === id
    const history = isTip && historyChannel !== undefined ? refs.get(historyChannel) : undefined
    const behind = draft.tip('')?.appended.count ?? 0
    const own = history === undefined ? undefined : countEntries(runsOf(history)?.runs ?? []) + behind
    const messages = this.#request.afresh ? 0 : (own ?? before?.counts.messages)
    const change = touchSession(this.#desk.thread.partition.id, before, {
      now: draft.now,
      userId,
      metadata,
      checkpoints: added,
      messages: messages ?? 0,
      waiting: namespace === '' ? waitingAtCheckpoint(before?.waiting, id, waits) : (before?.waiting ?? []),
    })
    draft.setSession(change)
  }
}

/** An index that is the same for the same messages, and before those of a run's input and of all special channels. */
const placeBeforeInput = (ref: RefText): number => -1_000 - Number.parseInt(hash('sha256', ref).slice(0, 7), 16)
