import type { Key } from '../contract/store.ts'
import type { Desk } from './desk.ts'
import type { Draft } from './draft.ts'
import type { Fence } from './fence.ts'
import { writeKey } from './layout.ts'
import { place } from './place.ts'
import { type Prepared, prepare } from './prepare.ts'
import { writeText } from './record.ts'
import { runsOf } from './ref.ts'
import type { Run } from './runs.ts'
import { changeOf } from './session-change.ts'
import { goneSession, laneOf, parentName } from './thread.ts'
import { interruptAt, waitingAlso } from './waiting.ts'

export interface PutWrites {
  namespace: string
  checkpointId: string
  task: string
  /** Where the task stands in the graph, from frameworks that order by it. */
  path: string | undefined
  /** A negative index replaces what stands there; others are kept as first written. */
  writes: { index: number; channel: string; value: unknown }[]
  fence: Fence | undefined
  /** Whether the session waits for an answer or an approval from now on: until the next checkpoint, it does not expire. */
  waits?: boolean
}

/** Stores what a task wrote, its values as entries of the channels that will come to hold them. */
export class WritesPut {
  readonly #desk: Desk
  readonly #request: PutWrites
  readonly #prepared: Prepared[]
  /** Whether the session was there when the task wrote. */
  readonly #begun: boolean

  /** Reads every value of the request, synchronously. */
  constructor(desk: Desk, request: PutWrites) {
    const { format } = desk
    this.#desk = desk
    this.#request = request
    this.#begun = desk.thread.session !== undefined
    this.#prepared = request.writes.map(({ channel, value }) =>
      prepare(value, {
        name: channel,
        format,
        before: undefined,
        held: undefined,
        encoded: desk.encoded,
        entry: () => undefined,
      }),
    )
  }

  run(): Promise<void> {
    return this.#desk.queue.run((draft) => this.#plan(draft), this.#request.fence)
  }

  #plan(draft: Draft): void {
    const { namespace, checkpointId, task, path, writes } = this.#request
    const { thread } = this.#desk
    if (this.#begun && thread.absent && !draft.session) throw goneSession()
    draft.needSession()
    this.#wait(draft)
    for (const [i, { index, channel }] of writes.entries()) {
      const prepared = this.#prepared[i]
      const key = writeKey(namespace, checkpointId, task, index)
      const kept = index >= 0 && (thread.present.has(key) || draft.puts(key))
      if (kept || !prepared) continue
      if (index >= 0) draft.expect(key, 0)
      const parent = parentName(namespace, checkpointId)
      const placed = place(draft, laneOf(namespace, channel), prepared, {
        parent,
        before: this.#runsBefore(channel),
        format: this.#desk.format,
      })
      const text = writeText({ task, index, channel, path, ref: placed.ref })
      draft.put(key, text)
      draft.onLanded((rev) => this.#landed(key, rev, text))
      draft.noteWritten(placed)
    }
  }

  /** Only where it matters, as every other writer of the session has to take it in. */
  #wait(draft: Draft): void {
    const { namespace, checkpointId, waits = false } = this.#request
    const before = draft.session
    if (!waits || namespace !== '' || !before?.expiry) return
    const row = { ...before, waiting: waitingAlso(before.waiting, interruptAt(checkpointId)) }
    draft.setSession(changeOf(this.#desk.thread.partition.id, before, row, draft.now))
  }

  /** What the channel holds in the checkpoint; undefined while that is not known. */
  #runsBefore(channel: string): Run[] | undefined {
    const { namespace, checkpointId } = this.#request
    const record = this.#desk.thread.record(namespace, checkpointId)
    const ref = record?.refs.get(channel)
    return record && ((ref ? runsOf(ref)?.runs : undefined) ?? [])
  }

  #landed(key: Key, rev: number, text: string): void {
    const { thread } = this.#desk
    thread.notePresent(key, true)
    thread.noteOpenWrite(this.#request.namespace, this.#request.checkpointId, key, { rev, text })
  }
}
