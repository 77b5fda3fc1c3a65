import { EverthreadError, type Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import fc from 'fast-check'
import { expect } from 'vitest'
import { value } from './values.ts'

const cyclic: Record<string, unknown> = {}
cyclic.self = cyclic

/** What callers pass by mistake, or on purpose. */
export const nasty: fc.Arbitrary<unknown> = fc.oneof(
  value,
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

export interface Call {
  method: string
  args: unknown[]
}

export const call = (method: string, ...args: fc.Arbitrary<unknown>[]): fc.Arbitrary<Call> =>
  fc.tuple(...args).map((given) => ({ method, args: given }))

/** A store that counts what is changed in it. */
export function counted(): { store: Store; changes(): number } {
  let changes = 0
  const inner = memoryStore()
  const store: Store = {
    codec: inner.codec,
    read: (partition, reads) => inner.read(partition, reads),
    query: (tenant, query) => inner.query(tenant, query),
    watch: (partitions, signal) => inner.watch(partitions, signal),
    close: () => inner.close(),
    drop: async (partition) => {
      await inner.drop(partition)
      changes++
    },
    commit: async (partition, commit) => {
      const outcome = await inner.commit(partition, commit)
      if (outcome.ok) changes++
      return outcome
    },
  }
  return { store, changes: () => changes }
}

/** Fails for anything but a value, or an error of ours that has changed nothing. */
export async function attempt(work: () => unknown, changes: () => number): Promise<void> {
  const before = changes()
  try {
    await work()
  } catch (error) {
    if (!EverthreadError.isInstance(error)) throw error
    expect(error.code).toMatch(/^[A-Z_]+$/)
    expect([error.code, changes() - before]).toEqual([error.code, 0])
  }
}
