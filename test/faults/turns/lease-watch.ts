import type { Commit, Outcome, Partition, Store } from '@everthread/core'

const LEASE = 'lease'

/** Trips that a turn may take to get the session once its lease is over. */
const TRIPS = 3

/**
 * Watches by the store's own clock how a dead holder's lease is waited for. Beside the waiting turn, a plain timer of
 * this process runs for the whole lease and then asks the store: a machine that is too busy lets both be late.
 */
export class LeaseWatch {
  /** To be given to the next turn's manager. */
  readonly store: Store
  readonly #store: Store
  readonly #leaseMs: number
  #timer: NodeJS.Timeout | undefined
  /** When the dead holder took or renewed its lease for the last time; undefined when it held none. */
  renewedAt: number | undefined
  takenAt: number | undefined
  #overAt: number | undefined

  constructor(store: Store, leaseMs: number) {
    this.#store = store
    this.#leaseMs = leaseMs
    this.store = new Proxy(store, {
      get: (target, name) =>
        name === 'commit'
          ? (partition: Partition, commit: Commit) => this.#commit(partition, commit)
          : Reflect.get(target, name).bind(target),
    })
  }

  /** Ms from the last renewal to the next turn's claim; undefined when there was nothing to wait for. */
  get waited(): number | undefined {
    return this.renewedAt === undefined ? undefined : (this.takenAt ?? Number.NaN) - this.renewedAt
  }

  /** Whether one who sleeps for the whole lease and then asks the store came first: by no means, on any machine. */
  get isOvertaken(): boolean {
    return this.#overAt !== undefined && this.#overAt < (this.takenAt ?? Number.POSITIVE_INFINITY)
  }

  async #commit(partition: Partition, commit: Commit): Promise<Outcome> {
    const outcome = await this.#store.commit(partition, commit)
    const claim = commit.ops.find((op) => 'put' in op && op.put === LEASE)
    if (!claim || this.takenAt !== undefined) return outcome
    if (outcome.ok) {
      this.takenAt = outcome.now
      clearTimeout(this.#timer)
      return outcome
    }
    const until = outcome.rows.find(({ key }) => key === LEASE)?.until
    if (until !== undefined) this.#waitFor(partition, until - (claim as { ttlMs: number }).ttlMs, outcome.now)
    return outcome
  }

  #waitFor(partition: Partition, renewedAt: number, now: number): void {
    if (renewedAt === this.renewedAt) return
    this.renewedAt = renewedAt
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      async () => {
        let heard = 0
        for (let trip = 0; trip < TRIPS; trip++) heard = (await this.#store.read(partition, [])).now
        this.#overAt = heard
      },
      renewedAt + this.#leaseMs - now,
    )
  }
}
