import { randomUUID } from 'node:crypto'
import { partitionOfKind } from '../contract/partition.ts'
import type { Key, Partition, Store } from '../contract/store.ts'

/** A part of the sweep whose process died is free again after so long, ms. */
const PART_LEASE_MS = 30_000

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * The right to sweep one part of a tenant's sessions: one process has it at a time. Beside it stands what its holder is
 * about to announce, so that whoever takes over after its death can announce it.
 */
export class PartLease {
  readonly #store: Store
  readonly #partition: Partition
  readonly #lease: Key
  readonly #doing: Key
  readonly #rest: string[]
  #rev: number
  #renewedAt: number

  private constructor(place: Place, rev: number, now: number, rest: string[]) {
    this.#store = place.store
    this.#partition = place.partition
    this.#lease = place.lease
    this.#doing = place.doing
    this.#rev = rev
    this.#renewedAt = now
    this.#rest = rest
  }

  /** Undefined while another process has it. */
  static async take(store: Store, tenant: string, part: number): Promise<PartLease | undefined> {
    const place: Place = {
      store,
      partition: partitionOfKind('sweep', tenant, 'parts'),
      lease: `lease/${part}`,
      doing: `doing/${part}`,
    }
    const { rows } = await store.read(place.partition, [{ get: [place.lease, place.doing] }])
    const found = rows[0] ?? []
    if (found.some(({ key }) => key === place.lease)) return undefined
    const doing = found.find(({ key }) => key === place.doing)
    const outcome = await store.commit(place.partition, {
      id: randomUUID(),
      expect: [{ key: place.lease, rev: 0 }],
      ops: [{ put: place.lease, value: encoder.encode('{}'), ttlMs: PART_LEASE_MS }],
    })
    if (!outcome.ok) return undefined
    const rest = doing ? (JSON.parse(decoder.decode(doing.value)) as string[]) : []
    return new PartLease(place, outcome.rev, outcome.now, rest)
  }

  /** The sessions that a holder who died may have left without announcing them. */
  get rest(): readonly string[] {
    return this.#rest
  }

  /** Says what is about to be done. False when the lease is lost. */
  begin(sessions: readonly string[]): Promise<boolean> {
    return this.#renew(sessions)
  }

  /** Keeps the lease while something takes long. False when it is lost. */
  async keep(now: number): Promise<boolean> {
    return now - this.#renewedAt < PART_LEASE_MS / 3 || this.#renew(undefined)
  }

  async release(): Promise<void> {
    await this.#store.commit(this.#partition, {
      id: randomUUID(),
      fence: { key: this.#lease, rev: this.#rev },
      ops: [{ del: this.#lease }, { del: this.#doing }],
    })
  }

  async #renew(doing: readonly string[] | undefined): Promise<boolean> {
    const outcome = await this.#store.commit(this.#partition, {
      id: randomUUID(),
      fence: { key: this.#lease, rev: this.#rev },
      ops: [
        { touch: this.#lease, ttlMs: PART_LEASE_MS },
        ...(doing ? [{ put: this.#doing, value: encoder.encode(JSON.stringify(doing)) }] : []),
      ],
    })
    if (!outcome.ok) return false
    this.#rev = outcome.rev
    this.#renewedAt = outcome.now
    return true
  }
}

interface Place {
  store: Store
  partition: Partition
  lease: Key
  doing: Key
}
