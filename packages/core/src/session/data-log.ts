import { randomUUID } from 'node:crypto'
import { SESSION_KEY } from '../checkpoint/layout.ts'
import { readAll } from '../checkpoint/paging.ts'
import { assertOpen, assertOwner, type Owner } from '../checkpoint/session-change.ts'
import type { SessionRow } from '../checkpoint/session-row.ts'
import { createSerialiser } from '../codec/serialise.ts'
import { lastSegment } from '../contract/key.ts'
import type { Expect, Op, Partition, Row, Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { checkKey, type Known, knownOf, objectOf } from './data-row.ts'
import { dataKey, dataPrefix, decodeText, encodeText, VIEW_KEY } from './rows.ts'
import { generationOf } from './view-row.ts'
import { sessionIn } from './view-state.ts'

/** A change of one value, given what it is now; undefined ends it. */
type Change = (value: unknown) => unknown

interface Waiting {
  key: string
  /** Undefined: what is there does not matter, and `text` takes its place. */
  change: Change | undefined
  text: string | undefined
  /** Its caller knows that it has failed. */
  settled: boolean
  resolve(value: unknown): void
  reject(error: unknown): void
}

export interface DataPlace {
  store: Store
  partition: Partition
  /** When this is about a session that was looked at: another one in its place is neither read nor written. */
  owner: Owner | undefined
  /** Makes the session, if it is not there. */
  create(): Promise<void>
}

const PAGE_ROWS = 1_000
/** Changes that go into one commit. */
const BATCH = 500
/** Conflicts in a row before a change is given up: each means that another writer got through. */
const TRIES = 1_000

const { stringify, parse } = createSerialiser()

/**
 * Values of a session by key, each a row of its own. Changes of this process that come while one is under way become
 * one commit together; one of another process in between makes them run again on what is there then.
 */
export class DataLog {
  readonly #place: DataPlace
  #generation = { rev: 0, name: generationOf(undefined) }
  /** The session as the last read saw it. */
  #session: SessionRow | undefined
  #waiting: Waiting[] = []
  #draining = false

  constructor(place: DataPlace) {
    this.#place = place
  }

  async get(key: string): Promise<unknown> {
    checkKey(key)
    const [row] = await this.rows([key])
    return row?.text === undefined ? undefined : parse(row.text)
  }

  async all(): Promise<Record<string, unknown>> {
    const { store, partition } = this.#place
    await this.rows([])
    const range = { prefix: dataPrefix(this.#generation.name), limit: PAGE_ROWS }
    const rows = await readAll((reads) => store.read(partition, reads), range)
    return objectOf(rows.map((row) => [lastSegment(row.key), parse(decodeText(row))]))
  }

  /** Undefined ends the value. */
  async set(key: string, value: unknown): Promise<void> {
    checkKey(key)
    const text = value === undefined ? undefined : stringify(value, key)
    await this.#change({ key, change: undefined, text })
  }

  /** Gives the new value. */
  async update(key: string, change: Change): Promise<unknown> {
    checkKey(key)
    if (typeof change !== 'function') {
      throw new EverthreadError('DATA_CHANGE_INVALID', 'Give update a function from the value to the new one')
    }
    return this.#change({ key, change, text: undefined })
  }

  /** What stands at keys, in their order. */
  async rows(keys: readonly string[]): Promise<Known[]> {
    const { store, partition, owner } = this.#place
    for (;;) {
      const { name } = this.#generation
      const wanted = keys.map((key) => dataKey(name, key))
      const { rows } = await store.read(partition, [{ get: [SESSION_KEY, VIEW_KEY, ...wanted] }])
      const found = rows[0] ?? []
      this.#session = sessionIn(found)
      assertOwner(this.#session, owner)
      this.#learnView(found.find(({ key }) => key === VIEW_KEY))
      if (this.#generation.name === name) return wanted.map((key) => knownOf(found, key))
    }
  }

  checked(key: string): string {
    return checkKey(key)
  }

  /** What stands at a key in a generation, which need not be the one that is seen. */
  async getOf(generation: string, key: string): Promise<unknown> {
    const [[, text] = []] = await this.images(generation, [checkKey(key)])
    return typeof text === 'string' ? parse(text) : undefined
  }

  /** Rows of a generation as they are, to be put back: the key, and the text or null. */
  async images(generation: string, keys: readonly string[]): Promise<[string, string | null][]> {
    const { store, partition, owner } = this.#place
    const wanted = keys.map((key) => dataKey(generation, key))
    const { rows } = await store.read(partition, [{ get: [SESSION_KEY, ...wanted] }])
    const found = rows[0] ?? []
    assertOwner(sessionIn(found), owner)
    return wanted.map((key) => [key, knownOf(found, key).text ?? null])
  }

  /** What sets values of a generation in a commit of somebody else's. */
  ops(generation: string, values: ReadonlyMap<string, unknown>): Op[] {
    return [...values].map(([key, value]) =>
      opOf(dataKey(generation, checkKey(key)), value === undefined ? undefined : stringify(value, key)),
    )
  }

  #learnView(row: Row | undefined): void {
    this.#generation = { rev: row?.rev ?? 0, name: generationOf(row) }
  }

  #change(asked: Pick<Waiting, 'key' | 'change' | 'text'>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...asked, settled: false, resolve, reject })
      if (!this.#draining) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#draining = true
    // What is asked for in the same tick goes together.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#settle(this.#waiting.splice(0, BATCH))
    this.#draining = false
  }

  async #settle(batch: Waiting[]): Promise<void> {
    try {
      const results = await this.#land(batch)
      for (const [one, value] of results) one.resolve(value)
    } catch (error) {
      // What is too large together may pass one by one.
      const open = batch.filter(({ settled }) => !settled)
      if (open.length > 1 && isTooLarge(error)) for (const one of open) await this.#settle([one])
      else for (const { reject } of open) reject(error)
    }
  }

  /** Runs the changes on what is known, which the store's answer corrects. */
  async #land(batch: Waiting[]): Promise<Map<Waiting, unknown>> {
    const { store, partition } = this.#place
    const known = await this.#readFor(batch)
    if (!this.#session) await this.#place.create()
    assertOpen(this.#session, undefined)
    for (let tries = 0; tries < TRIES; tries++) {
      const { ops, expect, results } = await this.#plan(batch, known)
      if (results.size === 0) return results
      const outcome = await store.commit(partition, { id: randomUUID(), expect, ops })
      if (outcome.ok) return results
      if (!outcome.rows.some(({ key }) => key === SESSION_KEY)) {
        assertOwner(undefined, this.#place.owner)
        await this.#place.create()
      }
      const before = this.#generation.name
      this.#learnView(outcome.rows.find(({ key }) => key === VIEW_KEY))
      if (this.#generation.name !== before) known.clear()
      else for (const { key } of batch) known.set(key, knownOf(outcome.rows, dataKey(before, key)))
    }
    throw new EverthreadError('CONFLICT', 'Other writers kept getting ahead: try again', { committed: 'no' })
  }

  /** What the functions are given must be a value that was there. */
  async #readFor(batch: readonly Waiting[]): Promise<Map<string, Known>> {
    const keys = [...new Set(batch.filter(({ change }) => change).map(({ key }) => key))]
    const rows = await this.rows(keys)
    return new Map(keys.map((key, i) => [key, rows[i] as Known]))
  }

  async #plan(
    batch: readonly Waiting[],
    known: ReadonlyMap<string, Known>,
  ): Promise<{ ops: Op[]; expect: Expect[]; results: Map<Waiting, unknown> }> {
    const { name, rev } = this.#generation
    const texts = new Map<string, string | undefined>()
    const read = new Set<string>()
    const results = new Map<Waiting, unknown>()
    for (const one of batch) {
      if (one.settled) continue
      const { key, change } = one
      try {
        if (change && !texts.has(key)) read.add(key)
        const before = texts.has(key) ? texts.get(key) : known.get(key)?.text
        const value = change ? await change(before === undefined ? undefined : parse(before)) : undefined
        const text = change ? (value === undefined ? undefined : stringify(value, key)) : one.text
        texts.set(key, text)
        results.set(one, value)
      } catch (error) {
        fail(one, error)
      }
    }
    const ops = [...texts].map(([key, text]) => opOf(dataKey(name, key), text))
    const expect: Expect[] = [
      { prefix: SESSION_KEY, first: SESSION_KEY },
      { key: VIEW_KEY, rev },
      ...[...read].map((key) => ({ key: dataKey(name, key), rev: known.get(key)?.rev ?? 0 })),
    ]
    return { ops, expect, results }
  }
}

const opOf = (row: string, text: string | undefined): Op =>
  text === undefined ? { del: row } : { put: row, value: encodeText(text) }

function fail(one: Waiting, error: unknown): void {
  one.settled = true
  one.reject(error)
}

const isTooLarge = (error: unknown): boolean => EverthreadError.isInstance(error) && error.code === 'COMMIT_TOO_LARGE'
