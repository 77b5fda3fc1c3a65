import { createHash, randomUUID } from 'node:crypto'
import type { Expect, Key, Op, Partition, Row, Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'

/** A place that a session has, or that one is about to take. */
export interface Place {
  key: Key
  rev: number
  id: string
  /** Store time in ms at which it was taken. */
  at: number
}

/** `taken`: it has one now. `kept`: it had one before. `full`: there is none. `unknown`: nobody has counted yet. */
export type Taken = 'taken' | 'kept' | 'full' | 'unknown'

const HEAD: Key = 'h'
const PREFIX: Key = 'r/'
const TRIES = 1_000
const PAGE = 500
/** Rows of one commit. */
const BATCH = 2_000

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Ids may be longer than keys. */
const placeKey = (id: string): Key => `${PREFIX}${createHash('sha256').update(id).digest('base64url')}`

/**
 * A number of places for sessions, so many at most, in a partition of their own. Who takes one commits against the
 * count, so two cannot take the last. Who leaves gives it back; what was left without a word is found when all are
 * taken.
 */
export class Places {
  readonly #store: Store
  readonly #partition: Partition
  #head: { rev: number; taken: number } | undefined
  /** Store time, ms, as it was told last. */
  #now = 0

  constructor(store: Store, partition: Partition) {
    this.#store = store
    this.#partition = partition
  }

  async take(id: string, max: number): Promise<Taken> {
    const key = placeKey(id)
    for (let tries = 0; tries < TRIES; tries++) {
      if (!this.#head && !(await this.#readHead())) return 'unknown'
      const { rev, taken } = this.#head as { rev: number; taken: number }
      if (taken >= max) {
        // Of old, perhaps: others may have left, or it has a place.
        const [head, own] = await this.#read([HEAD, key])
        if (own) return 'kept'
        if (head && head.rev === rev) return 'full'
        this.#learn(head)
        continue
      }
      const outcome = await this.#commit(
        [{ key, rev: 0 }],
        (now) => [{ put: key, value: encode({ id, at: now }) }],
        taken + 1,
      )
      if (outcome === true) return 'taken'
      if (outcome.some((row) => row.key === key)) return 'kept'
    }
    throw crowded()
  }

  /** Gives back the place of a session, if it has one. */
  async leave(id: string): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      const [head, own] = await this.#read([HEAD, placeKey(id)])
      if (!head || !own) return
      this.#learn(head)
      if (await this.#remove([own])) return
    }
    throw crowded()
  }

  /** Takes places away whose sessions have none to claim. Whether nobody came between. */
  async clear(places: readonly Place[]): Promise<boolean> {
    for (let at = 0; at < places.length; at += BATCH) {
      if (!(await this.#remove(places.slice(at, at + BATCH)))) return false
    }
    return true
  }

  /** Counts for the first time: these sessions were there before there was a limit. */
  async begin(ids: AsyncIterable<string>): Promise<void> {
    let taken = 0
    let batch: Op[] = []
    for await (const id of ids) {
      batch.push({ put: placeKey(id), value: encode({ id, at: 0 }) })
      taken++
      if (batch.length < BATCH) continue
      await this.#store.commit(this.#partition, { id: randomUUID(), ops: batch })
      batch = []
    }
    // The first who has counted is believed; who was there later is found when all are taken.
    await this.#store.commit(this.#partition, {
      id: randomUUID(),
      expect: [{ key: HEAD, rev: 0 }],
      ops: [...batch, { put: HEAD, value: encode(taken) }],
    })
  }

  /** All that are taken, a page in memory at a time. */
  async *each(): AsyncGenerator<Place[]> {
    let from: Key | undefined
    for (;;) {
      const { rows, more } = await this.#store.read(this.#partition, [
        { prefix: PREFIX, limit: PAGE, ...(from === undefined ? {} : { from }) },
      ])
      const page = rows[0] ?? []
      if (page.length > 0) yield page.map(placeOf)
      if (!more[0]) return
      from = `${page.at(-1)?.key}\u0001`
    }
  }

  async #remove(places: readonly Pick<Place, 'key' | 'rev'>[]): Promise<boolean> {
    if (!this.#head) await this.#readHead()
    const taken = Math.max(0, (this.#head?.taken ?? 0) - places.length)
    const expects = places.map(({ key, rev }) => ({ key, rev }))
    return (await this.#commit(expects, () => places.map(({ key }) => ({ del: key })), taken)) === true
  }

  /** A change of places with the count that it makes. True, or the rows that were in the way. */
  async #commit(expect: Expect[], ops: (now: number) => Op[], taken: number): Promise<true | Row[]> {
    const outcome = await this.#store.commit(this.#partition, {
      id: randomUUID(),
      expect: [...expect, { key: HEAD, rev: this.#head?.rev ?? 0 }],
      ops: [...ops(this.#now), { put: HEAD, value: encode(taken) }],
    })
    this.#now = outcome.now
    if (outcome.ok) {
      this.#head = { rev: outcome.rev, taken }
      return true
    }
    this.#learn(outcome.rows.find(({ key }) => key === HEAD))
    return outcome.rows
  }

  async #readHead(): Promise<boolean> {
    const [head] = await this.#read([HEAD])
    this.#learn(head)
    return head !== undefined
  }

  #learn(head: Row | undefined): void {
    this.#head = head && { rev: head.rev, taken: decode(head) as number }
  }

  async #read(keys: Key[]): Promise<(Row | undefined)[]> {
    const { rows, now } = await this.#store.read(this.#partition, [{ get: keys }])
    this.#now = now
    return keys.map((key) => rows[0]?.find((row) => row.key === key))
  }
}

const encode = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value))
const decode = (row: Row): unknown => JSON.parse(decoder.decode(row.value))

function placeOf(row: Row): Place {
  return { key: row.key, rev: row.rev, ...(decode(row) as { id: string; at: number }) }
}

const crowded = (): EverthreadError =>
  new EverthreadError('CONFLICT', 'Too many sessions are made at once: try again', { committed: 'no' })
