import {
  type Codec,
  type Commit,
  EverthreadError,
  type IndexPage,
  type IndexQuery,
  type Outcome,
  type Partition,
  type Read,
  type Snapshot,
  type Store,
} from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import fc from 'fast-check'
import { expect } from 'vitest'
import { value } from './values.ts'

const cyclic: Record<string, unknown> = {}
cyclic.self = cyclic

/** What callers pass by mistake, or on purpose. */
export const nasty: fc.Arbitrary<unknown> = fc.oneof(
  value,
  fc.constantFrom<unknown>(null, undefined, 'x', 7, true, []),
  fc.constantFrom<unknown>({ toString: false }, { valueOf: null, toString: null }),
  fc.constantFrom<unknown>(
    '',
    ' ',
    '__proto__',
    'a\0b',
    '\ud800',
    'x'.repeat(2_000),
    '.everthread/places/total',
    'a/../b',
  ),
  fc.constantFrom<unknown>(Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 1.5, 2 ** 53, 1e300, -0),
  fc.constantFrom<unknown>(
    cyclic,
    Symbol('s'),
    () => 'f',
    class {},
    new Date(Number.NaN),
    Object.create(null),
    new Proxy({}, {}),
  ),
  fc.constant('x'.repeat(100_000)).map((text) => ({ text })),
  fc.constant(null).map(() => JSON.parse('{"__proto__": {"admin": true}}') as unknown),
)

/** An object that would do, but for some of its fields. */
export const nearly = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 1, arbitrary: nasty },
    {
      weight: 3,
      arbitrary: fc.record(
        Object.fromEntries(Object.entries(fields).map(([name, good]) => [name, fc.oneof(good, nasty)])),
        { requiredKeys: [] },
      ),
    },
  )

/** A store that can tell which partitions hold something else than before. */
export class WatchedStore implements Store {
  readonly #inner: Store = memoryStore()
  readonly codec: Codec = this.#inner.codec
  readonly #before = new Map<string, { partition: Partition; rows: string }>()

  read(partition: Partition, reads: Read[]): Promise<Snapshot> {
    return this.#inner.read(partition, reads)
  }

  async commit(partition: Partition, commit: Commit): Promise<Outcome> {
    await this.#remember(partition)
    return this.#inner.commit(partition, commit)
  }

  async drop(partition: Partition): Promise<void> {
    await this.#remember(partition)
    await this.#inner.drop(partition)
  }

  query(tenant: string, query: IndexQuery): Promise<IndexPage> {
    return this.#inner.query(tenant, query)
  }

  watch(partitions: Partition[], signal: AbortSignal): AsyncIterable<Partition> {
    return this.#inner.watch(partitions, signal)
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  /** From now on. */
  begin(): void {
    this.#before.clear()
  }

  /** The ids of those that were changed, and not back again. */
  async changed(): Promise<string[]> {
    const ids: string[] = []
    for (const { partition, rows } of this.#before.values()) {
      if ((await this.#rows(partition)) !== rows) ids.push(partition.id)
    }
    return ids
  }

  async #remember(partition: Partition): Promise<void> {
    const name = JSON.stringify([partition.tenant, partition.id])
    if (!this.#before.has(name)) this.#before.set(name, { partition, rows: await this.#rows(partition) })
  }

  async #rows(partition: Partition): Promise<string> {
    const { rows } = await this.#inner.read(partition, [{ prefix: '', limit: 1_000_000 }])
    return JSON.stringify(rows[0]?.map(({ key, value }) => [key, Buffer.from(value).toString('base64')]))
  }
}

/** Fails for anything but a value, or an error of ours that has changed nothing. */
export async function attempt(work: () => unknown, store: WatchedStore): Promise<void> {
  store.begin()
  try {
    await used(await work())
  } catch (error) {
    if (!EverthreadError.isInstance(error)) throw error
    expect(error.code).toMatch(/^[A-Z_]+$/)
    expect([error.code, await store.changed()]).toEqual([error.code, []])
  }
}

/** Reads what comes in pieces, and lets go of what would keep others out. */
async function used(result: unknown): Promise<void> {
  if (typeof result !== 'object' || result === null) return
  if (Symbol.asyncIterator in result) for await (const _ of result as AsyncIterable<unknown>);
  if ('release' in result && typeof result.release === 'function') await result.release()
}
