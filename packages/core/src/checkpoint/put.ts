import { EverthreadError } from '../errors.ts'
import { type Appended, NONE_APPENDED } from './appended.ts'
import type { Desk } from './desk.ts'
import type { Draft } from './draft.ts'
import { expectRows } from './expected-rows.ts'
import { snapshotOf } from './history-channel.ts'
import { dependsOnStored, type Placed, place } from './place.ts'
import { matchStored, type Prepared, prepare } from './prepare.ts'
import type { PutCheckpoint } from './put-request.ts'
import { PutRows, Stale } from './put-rows.ts'
import { type CheckpointRecord, recordText } from './record.ts'
import { historyOf, type RefText, refToRuns, runsOf } from './ref.ts'
import { addresses, countEntries, pushAddress } from './runs.ts'
import { assertOpen, assertOwner, touchSession } from './session-change.ts'
import { goneSession, laneOf, parentName } from './thread.ts'
import { waitingAtCheckpoint } from './waiting.ts'

/** Each one means that another writer got through. */
const MAX_TRIES = 1_000

/** One put: values are taken apart at once, placed when the commit is planned, and remembered when it has landed. */
export class CheckpointPut {
  readonly #desk: Desk
  readonly #request: PutCheckpoint
  readonly #header: string
  readonly #prepared: Map<string, Prepared>
  /** The text of the messages to stand behind it. */
  readonly #added: string[]
  /** The checkpoint whose values this one's are compared with, and carried over from. */
  readonly #basis: string | undefined
  #parent: CheckpointRecord | undefined
  #generation: string | undefined
  readonly #rows: PutRows

  /** Reads every value of the request, synchronously. */
  constructor(desk: Desk, request: PutCheckpoint) {
    const { thread, format } = desk
    const { namespace, changed } = request
    this.#desk = desk
    this.#request = request
    this.#rows = new PutRows(desk, request)
    this.#basis = request.copyOf ?? request.parentId
    this.#parent = this.#basis === undefined ? undefined : thread.record(namespace, this.#basis)
    this.#generation = thread.session?.row.generation
    this.#header = format.stringify(request.header)
    this.#added = (request.beside?.messages ?? request.behind?.added ?? []).map((message) =>
      historyOf(format).encode(message),
    )
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
    const basis = this.#basis
    if (basis !== undefined && !this.#parent) await this.#findParent(basis)
    if (basis !== undefined && !this.#parent && this.#request.needsParent) throw goneSession()
    await this.#matchUnheld()
    for (let tries = 0; ; tries++) {
      await this.#rows.read()
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

  /** After entries were removed: what is left is still good if the parent is still there. */
  async #renew(): Promise<void> {
    if (!this.#depends()) return
    if (this.#basis !== undefined) await this.#readParent(this.#basis)
    if ((this.#basis !== undefined && !this.#parent) || !this.#desk.thread.session) throw goneSession()
  }

  #plan(draft: Draft): void {
    const { namespace, id } = this.#request
    assertOwner(draft.session, this.#request.owner)
    assertOpen(draft.session, this.#request.fence)
    if (this.#request.onTip) this.#assertOnTip(draft)
    expectRows(draft, this.#request.expect)
    this.#assertFresh(draft)
    const { format } = this.#desk
    const parent = parentName(namespace, this.#basis)
    const placed = new Map<string, Placed>()
    for (const [channel, prepared] of this.#prepared) {
      const before = this.#before(channel)?.runs ?? []
      placed.set(channel, place(draft, laneOf(namespace, channel), prepared, { parent, before, format }))
    }
    const refs = this.#refs(placed)
    const record: CheckpointRecord = { id, parentId: this.#parentOf(), refs, header: this.#header }
    const own = this.#messagesIn(refs)
    const added = this.#rows.plan(draft, recordText(record), { behind: this.#planBehind(draft), own })
    this.#planSession(draft, own, added)
    if (this.#request.ops) draft.add(this.#request.ops)
    this.#planBeside(draft)
    draft.onLanded(() => {
      this.#desk.thread.remember(namespace, record)
      for (const [channel, { held }] of placed) if (held) this.#desk.thread.hold(laneOf(namespace, channel), held())
    })
  }

  /** A copy follows what the other one does: what was written after that is not its own. */
  #parentOf(): string | undefined {
    return this.#request.copyOf === undefined ? this.#request.parentId : this.#parent?.parentId
  }

  #planBeside(draft: Draft): void {
    const { beside } = this.#request
    if (beside) draft.add(beside.rows(this.#append(draft, beside.after)))
  }

  #planBehind(draft: Draft): Appended {
    const { appended } = this.#request.behind ?? { appended: NONE_APPENDED }
    return this.#request.behind?.added ? this.#append(draft, appended) : appended
  }

  #append(draft: Draft, after: Appended): Appended {
    if (this.#added.length === 0) return after
    const { historyChannel = '' } = this.#desk
    const position = { parent: 'beside', after: after.runs.slice(-1), afresh: after.runs.length === 0 }
    const first = draft.append(laneOf('', historyChannel), this.#added, position)
    const runs = [...after.runs]
    for (let i = 0; i < this.#added.length; i++)
      pushAddress(runs, { segment: first.segment, position: first.position + i })
    return { runs, count: after.count + this.#added.length }
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
    this.#rows.assertFresh(draft)
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
    for (const [channel, runs] of this.#request.byReference ?? []) refs.set(channel, refToRuns('h', runs))
    return refs
  }

  /** Of the history, in the checkpoint itself; undefined: it does not say. */
  #messagesIn(refs: Map<string, RefText>): number | undefined {
    const { historyChannel } = this.#desk
    if (this.#request.namespace !== '' || historyChannel === undefined) return undefined
    const ref = refs.get(historyChannel) ?? refs.get(snapshotOf(historyChannel))
    return ref === undefined ? this.#request.messages : countEntries(runsOf(ref)?.runs ?? [])
  }

  #planSession(draft: Draft, own: number | undefined, added: number): void {
    const { userId, metadata, namespace, id, stands, behind, waits = false } = this.#request
    const before = draft.session
    const tip = namespace === '' ? draft.tip('') : undefined
    const seen = own === undefined || tip?.id !== id ? undefined : own + tip.appended.count
    const afresh = stands === 'afresh' ? (behind?.messages ?? 0) + (behind?.added?.length ?? 0) : undefined
    const messages = afresh ?? seen ?? before?.counts.messages
    const change = touchSession(this.#desk.thread.partition.id, before, {
      now: draft.now,
      userId,
      metadata,
      checkpoints: added,
      messages: messages ?? 0,
      historyChannel: namespace === '' && this.#desk.namesHistory ? this.#desk.historyChannel : undefined,
      waiting:
        namespace === '' && stands !== 'aside'
          ? waitingAtCheckpoint(before?.waiting, id, waits)
          : (before?.waiting ?? []),
    })
    draft.setSession(change)
  }
}
