import { randomUUID } from 'node:crypto'
import { SESSION_KEY } from '../checkpoint/layout.ts'
import { assertOwner } from '../checkpoint/session-change.ts'
import type { Expect, Key, Row } from '../contract/store.ts'
import { EverthreadError, SessionBusyError } from '../errors.ts'
import { sessionIn } from '../session/view-state.ts'
import { blankView, type Claim, judgeClaim, planClaim, type Refusal, startOf, type View } from './claim.ts'
import { commitTo, type TurnDesk } from './desk.ts'
import { type Lease, leaseOf } from './lease.ts'
import { LeaseHolder } from './lease-holder.ts'
import { recordOf, type Scheduled, type TurnRecord } from './record.ts'
import { encodeRow, LEASE_KEY, RUNNING_KEY, ticketKey } from './rows.ts'
import { askToEnd } from './stop-watch.ts'

export interface Wanted {
  /** The turn's id, or the lock's token. */
  id: string
  kind: Lease['kind']
  holder: string
  ttlMs: number
  /** Fail with `SESSION_BUSY` instead of waiting. */
  reject: boolean
  /** End the turns that hold the session. */
  stop: boolean
  /** Give the result of a turn of this id that is under way. */
  join: boolean
  /** How much later than it came this one is counted, ms. */
  penaltyMs: number
  /** What it has waited already, ms: its place is that of when it came. */
  waitedMs?: number
  /** How it came to run, for its record. */
  scheduled?: Scheduled | undefined
  /** Told when it has to wait. */
  waits?: (() => void) | undefined
  /** Ends the wait, with its reason. */
  signal: AbortSignal
}

export type Acquired =
  | {
      holder: LeaseHolder
      /** The record of this turn; of no meaning for a lock. */
      record: TurnRecord
      /** What a process that died has left behind. */
      left: TurnRecord | undefined
      /** The turns that were told to end for this one. */
      stopped: string[]
    }
  /** There is a turn of this id: it is complete, or it is under way and joined. */
  | { known: TurnRecord | undefined }

/** Takes the session's lease, at once or after those who came before. */
export async function acquire(desk: TurnDesk, wanted: Wanted): Promise<Acquired> {
  const claimant = new Claimant(desk, wanted)
  wanted.signal.throwIfAborted()
  await desk.engine.learnTime(desk.partition.id)
  if (desk.room.isEmpty) {
    const first = await claimant.claim()
    if ('holder' in first || 'known' in first) return claimant.keep(first)
    if (wanted.reject) throw busy(first)
    return claimant.queue(first.now)
  }
  if (wanted.reject) throw busy(await claimant.look())
  return claimant.queue(undefined)
}

const busy = (refusal: Refusal): SessionBusyError =>
  refusal.why === 'held'
    ? new SessionBusyError(refusal.lease.holder, refusal.lease.since)
    : new SessionBusyError('those who wait for it', refusal.now)

/** Keeps the order of those of this process who come in the same millisecond. */
let tickets = 0

class Claimant {
  readonly #desk: TurnDesk
  readonly #wanted: Wanted
  readonly #view: View
  readonly #stopped: string[] = []
  readonly #hold = randomUUID()
  #ticket: Key | undefined
  /** The revision of the session's row, where it matters whose session it is. */
  #sessionRev = 0

  constructor(desk: TurnDesk, wanted: Wanted) {
    this.#desk = desk
    this.#wanted = wanted
    this.#view = { ...blankView(), tip: desk.engine.knownTip(desk.partition.id) ?? null }
  }

  /** Tries until the store's word is about others, not about what we took it for. */
  async claim(): Promise<Acquired | Exclude<Refusal, { why: 'stale' }>> {
    const { id, kind, holder: name, ttlMs, scheduled } = this.#wanted
    for (;;) {
      const since = Math.floor(this.#desk.engine.now())
      const lease: Lease = { id, hold: this.#hold, kind, holder: name, since }
      const claim: Claim = { lease, ttlMs, ticket: this.#ticket, scheduled }
      const asked = { ...this.#view }
      const outcome = await this.#commit(claim)
      if (outcome.ok) {
        const holder = new LeaseHolder(lease, outcome.rev, { ttlMs, commit: (commit) => commitTo(this.#desk, commit) })
        const left = asked.running && recordOf(asked.running)
        return { holder, record: startOf(claim, asked), left, stopped: this.#stopped }
      }
      this.#learnSession(outcome.rows)
      const refusal = judgeClaim(claim, this.#view, outcome)
      if (refusal.why === 'known') return { known: refusal.record }
      if (refusal.why === 'held' && refusal.lease.id === id && this.#wanted.join) return { known: undefined }
      if (refusal.why === 'forgotten') await this.renew()
      else if (refusal.why !== 'stale') return refusal
    }
  }

  async #commit(claim: Claim): ReturnType<typeof commitTo> {
    try {
      const planned = planClaim(claim, this.#view)
      return await commitTo(this.#desk, { ...planned, expect: [...(planned.expect ?? []), ...this.#session()] })
    } catch (error) {
      // The reply may be lost, and the lease ours.
      await forsake(this.#desk, this.#hold)
      throw error
    }
  }

  /** Another session in its place has another row: the reply then says whose, without a read. */
  #session(): Expect[] {
    const { owner, engine, partition } = this.#desk
    if (!owner) return []
    const known = engine.rows.known(partition.id)
    // What was read meanwhile is newer than what the last reply said, or shows that it is another's.
    if (known) assertOwner(known.row, owner)
    return [{ key: SESSION_KEY, rev: Math.max(this.#sessionRev, known?.rev ?? 0) }]
  }

  /** @throws `SESSION_NOT_FOUND` when it is another session by now */
  #learnSession(rows: readonly Row[]): void {
    if (!this.#desk.owner) return
    assertOwner(sessionIn(rows), this.#desk.owner)
    this.#sessionRev = rows.find(({ key }) => key === SESSION_KEY)?.rev ?? 0
  }

  /** Who holds the session, without a claim. */
  async look(): Promise<Refusal> {
    const { rows, now } = await this.#desk.store.read(this.#desk.partition, [{ get: [LEASE_KEY] }])
    const row: Row | undefined = rows[0]?.[0]
    return row ? { why: 'held', lease: leaseOf(row), until: row.until ?? now, now } : { why: 'behind', until: now, now }
  }

  keep(acquired: Acquired): Acquired {
    if ('holder' in acquired && this.#wanted.kind === 'turn') acquired.holder.keep()
    return acquired
  }

  renew(): Promise<void> {
    return this.#ticket === undefined ? Promise.resolve() : putTickets(this.#desk, [this.#ticket])
  }

  async queue(storeNow: number | undefined): Promise<Acquired> {
    const { signal, penaltyMs, waitedMs = 0, waits } = this.#wanted
    waits?.()
    const came = (storeNow ?? this.#desk.engine.now()) - waitedMs
    const ticket = ticketKey(
      Math.max(0, Math.floor(came + penaltyMs)),
      `${String(++tickets).padStart(9, '0')}.${this.#hold}`,
    )
    this.#ticket = ticket
    await putTickets(this.#desk, [ticket])
    const settled = Promise.withResolvers<Acquired>()
    const waiter = {
      ticket,
      attempt: () => this.#attempt(settled),
      fail: (error: unknown) => settled.reject(error),
    }
    const abort = (): void => settled.reject(signal.reason)
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    else this.#desk.room.enter(waiter)
    try {
      const acquired = await settled.promise
      if ('known' in acquired) await this.#removeTicket(ticket)
      return acquired
    } catch (error) {
      this.#desk.room.leave(waiter)
      await this.#removeTicket(ticket)
      throw error
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  async #attempt(settled: PromiseWithResolvers<Acquired>): Promise<number | undefined> {
    const { signal, stop } = this.#wanted
    if (signal.aborted) return undefined
    const result = await this.claim()
    if ('holder' in result && signal.aborted) {
      // Nobody waits for it any more.
      result.holder.stop()
      await forsake(this.#desk, this.#hold)
      return undefined
    }
    if ('holder' in result || 'known' in result) {
      settled.resolve(this.keep(result))
      return undefined
    }
    if (result.why === 'held' && stop) await this.#stop(result.lease)
    return 'until' in result ? Math.max(1, result.until - result.now) : 1
  }

  async #stop(lease: Lease): Promise<void> {
    if (lease.kind === 'lock' || this.#stopped.includes(lease.id)) return
    this.#stopped.push(lease.id)
    await askToEnd(this.#desk, lease.id)
  }

  #removeTicket(ticket: Key): Promise<unknown> {
    return commitTo(this.#desk, { ops: [{ del: ticket }] })
  }
}

/** Tickets live as long as a lease, at most this long: a dead waiter holds up those behind it no longer. */
const TICKET_MS = 10_000

export const ticketMs = (leaseMs: number): number => Math.min(leaseMs, TICKET_MS)

export async function putTickets(
  desk: Pick<TurnDesk, 'store' | 'partition' | 'leaseMs'>,
  tickets: Key[],
): Promise<void> {
  const ttlMs = ticketMs(desk.leaseMs)
  await commitTo(desk, { ops: tickets.map((put) => ({ put, value: encodeRow({}), ttlMs })) })
}

/** Removes our lease when we do not know whether we have it. */
async function forsake(desk: TurnDesk, hold: string): Promise<void> {
  try {
    const { rows } = await desk.store.read(desk.partition, [{ get: [LEASE_KEY] }])
    const row = rows[0]?.[0]
    if (!row || leaseOf(row).hold !== hold) return
    await commitTo(desk, { fence: { key: LEASE_KEY, rev: row.rev }, ops: [{ del: LEASE_KEY }, { del: RUNNING_KEY }] })
  } catch (error) {
    // A store that cannot be reached ends the lease by itself, when it has run out.
    if (!EverthreadError.isInstance(error)) throw error
  }
}
