import { randomUUID } from 'node:crypto'
import type { Key, Op, Outcome, Store } from '@everthread/core'
import {
  blankView,
  type Claim,
  judgeClaim,
  planClaim,
  startOf,
  type View,
} from '../../../packages/core/src/turn/claim.ts'
import { giveLeaseBack } from '../../../packages/core/src/turn/lease.ts'
import { LeaseHolder } from '../../../packages/core/src/turn/lease-holder.ts'
import { putEnded } from '../../../packages/core/src/turn/record.ts'
import { encodeRow, LEASE_KEY, RUNNING_KEY, ticketKey } from '../../../packages/core/src/turn/rows.ts'

export const TTL = 1_000
export const PARTITION = { tenant: 'search', id: 'session' }

/** What happened, in the order in which the store took it. */
export interface Log {
  /** Each hold that was given. */
  holds: string[]
  /** The hold behind each commit that the store took, and which hold was the newest then. */
  commits: { hold: string; newest: string | undefined }[]
}

/** What a worker does next while it holds the session. */
const WORK = ['step', 'renew', 'step', 'finish'] as const

/** One process that wants its turns, a commit at a time, by the planning that sessions use. */
export class Worker {
  readonly name: string
  readonly #store: Store
  readonly #log: Log
  #turns: number
  #view: View = blankView()
  #ticket: Key | undefined
  #holder: LeaseHolder | undefined
  #work = 0
  /** Turns that it lost to others, and began again. */
  lost = 0

  constructor(name: string, turns: number, { store, log }: { store: Store; log: Log }) {
    this.name = name
    this.#turns = turns
    this.#store = store
    this.#log = log
  }

  get isDone(): boolean {
    return this.#turns === 0
  }

  /** Dies: what it knew is gone, what the store has of it stays. Another process takes up its turns. */
  crash(): void {
    this.#view = blankView()
    this.#ticket = undefined
    this.#holder = undefined
    this.#work = 0
  }

  /** One commit. */
  async next(): Promise<void> {
    if (this.isDone) return
    if (this.#holder) await this.#workOn(this.#holder)
    else await this.#claim()
  }

  #commit(commit: Omit<Parameters<Store['commit']>[1], 'id'>): Promise<Outcome> {
    return this.#store.commit(PARTITION, { id: randomUUID(), ...commit })
  }

  async #claim(): Promise<void> {
    const id = `${this.name}-${this.#turns}`
    const lease = { id, hold: randomUUID(), kind: 'turn' as const, holder: this.name, since: 0 }
    const claim: Claim = { lease, ttlMs: TTL, ticket: this.#ticket }
    const outcome = await this.#commit(planClaim(claim, this.#view))
    if (outcome.ok) {
      this.#log.holds.push(lease.hold)
      this.#holder = new LeaseHolder(lease, outcome.rev, { ttlMs: TTL, commit: (commit) => this.#commit(commit) })
      this.#ticket = undefined
      this.#work = 0
      return
    }
    const refusal = judgeClaim(claim, this.#view, outcome)
    if (refusal.why === 'stale') return
    if (refusal.why === 'known') {
      this.#turns--
      return
    }
    this.#ticket ??= ticketKey(refusal.now, `${this.name}.${lease.hold}`)
    await this.#commit({ ops: [{ put: this.#ticket, value: encodeRow({}), ttlMs: TTL }] })
  }

  async #workOn(holder: LeaseHolder): Promise<void> {
    const work = WORK[this.#work++]
    if (work === 'renew') {
      await holder.extend(TTL).catch(() => undefined)
    } else {
      const record = startOf({ lease: holder.lease }, this.#view)
      const end: Op[] = [putEnded({ ...record, state: 'complete' }), { del: RUNNING_KEY }, giveLeaseBack]
      await this.#fenced(holder, work === 'finish' ? end : [{ put: 'work', value: encodeRow(holder.lease.hold) }])
    }
    if (!holder.isHeld) {
      this.lost++
      this.crash()
    } else if (work === 'finish') {
      holder.stop()
      this.#turns--
      this.crash()
    }
  }

  async #fenced(holder: LeaseHolder, ops: Op[]): Promise<void> {
    const newest = this.#log.holds.at(-1)
    const outcome = await this.#commit({ fence: { key: LEASE_KEY, rev: holder.rev() }, ops })
    if (outcome.ok) {
      this.#log.commits.push({ hold: holder.lease.hold, newest })
      return
    }
    const row = outcome.rows.find(({ key }) => key === LEASE_KEY)
    holder.holds(row && { rev: row.rev, text: new TextDecoder().decode(row.value) })
  }
}
