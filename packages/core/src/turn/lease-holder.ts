import type { Fence } from '../checkpoint/fence.ts'
import type { Commit, Key, Outcome } from '../contract/store.ts'
import { EverthreadError, FencedError } from '../errors.ts'
import { type Lease, leaseOf, renewLease } from './lease.ts'
import { LEASE_KEY } from './rows.ts'

export interface LeaseHolderOptions {
  ttlMs: number
  commit(commit: Omit<Commit, 'id'>): Promise<Outcome>
}

/** A lease is renewed when a third of it is over; a renewal that failed, when a twelfth more is. */
const RENEWALS = 3
const RETRIES = 12

/**
 * A lease that this process holds: the fence of its commits, renewed until it is given back. `signal` aborts with a
 * `FencedError` as soon as the lease is known to be lost; the store refuses commits from the moment it is.
 */
export class LeaseHolder implements Fence {
  readonly key: Key = LEASE_KEY
  readonly lease: Lease
  readonly #options: LeaseHolderOptions
  readonly #gone = new AbortController()
  #rev: number
  #timer: NodeJS.Timeout | undefined
  /** Monotonic time at which the lease has surely ended. */
  #endsAt: number
  #held = true
  #ending = false

  constructor(lease: Lease, rev: number, options: LeaseHolderOptions) {
    this.lease = lease
    this.#rev = rev
    this.#options = options
    this.#endsAt = performance.now() + options.ttlMs
  }

  get signal(): AbortSignal {
    return this.#gone.signal
  }

  get since(): number {
    return this.lease.since
  }

  get isHeld(): boolean {
    return this.#held
  }

  rev(): number {
    return this.#rev
  }

  holds(row: { rev: number; text: string } | undefined): boolean {
    const ours = row !== undefined && (JSON.parse(row.text) as Lease).hold === this.lease.hold
    if (ours && row.rev > this.#rev) {
      this.#rev = row.rev
      return true
    }
    if (!ours) this.#lose()
    return ours
  }

  /** Renews from now on. */
  keep(): void {
    this.#renewIn(this.#options.ttlMs / RENEWALS)
  }

  #renewIn(ms: number): void {
    this.#timer = setTimeout(() => void this.#renew(), ms)
  }

  /** The last commit is on its way, and takes the lease with it: whether it is lost is for that commit to say. */
  ends(): void {
    this.#ending = true
  }

  /** Ends the renewals. The row is the caller's to remove, in the last commit. */
  stop(): void {
    this.#held = false
    clearTimeout(this.#timer)
  }

  /** @throws `FencedError` when the lease is no longer ours */
  async extend(ttlMs: number): Promise<void> {
    const asked = performance.now()
    for (;;) {
      const outcome = await this.#options.commit(renewLease(this.#rev, ttlMs))
      if (outcome.ok) {
        this.#rev = Math.max(this.#rev, outcome.rev)
        this.#endsAt = asked + ttlMs
        return
      }
      const row = outcome.rows.find(({ key }) => key === LEASE_KEY)
      const ours = row !== undefined && leaseOf(row).hold === this.lease.hold && row.rev > this.#rev
      if (!ours) {
        if (!this.#ending) this.#lose()
        throw lost()
      }
      this.#rev = row.rev
    }
  }

  async #renew(): Promise<void> {
    let next = this.#options.ttlMs / RENEWALS
    try {
      await this.extend(this.#options.ttlMs)
    } catch (error) {
      // A store that cannot be reached may be back before the lease ends.
      const over = EverthreadError.isInstance(error) && error.code === 'FENCED'
      if (!over && !this.#ending && performance.now() >= this.#endsAt) this.#lose()
      next = this.#options.ttlMs / RETRIES
    }
    if (this.#held) this.#renewIn(next)
  }

  #lose(): void {
    if (!this.#held) return
    this.stop()
    this.#gone.abort(lost())
  }
}

const lost = (): FencedError => new FencedError('The lease behind this run is no longer held: start the turn again')
