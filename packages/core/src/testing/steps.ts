import fc from 'fast-check'
import type { Commit, IndexQuery, Op, Read } from '../contract/store.ts'

/** An expectation by what it says of the moment it is sent: revisions differ from store to store. */
export type SymbolicExpect = { key: string; holds: boolean } | { prefix: string; holds: boolean }

export interface CommitStep {
  commit: Pick<Commit, 'ops' | 'expiry' | 'index'>
  expect: SymbolicExpect[]
  fence: { key: string; holds: boolean } | undefined
  /** Whether the commit says at which revision its partition is. */
  isKnown: boolean
  partition: string
}

export type Step =
  | CommitStep
  | { repeat: string }
  /** `isKnown`: what the last commit to the partition left is known. */
  | { reads: Read[]; partition: string; isKnown: boolean }
  | { query: IndexQuery }
  | { drop: string }
  | { advanceMs: number }

const KEYS = ['a', 'm/1', 'm/2', 'm/3', 'm/\u00e9', 'm/\uffee', 'm/\u{1f600}', 'c/1', 'c/1/x', 'c/1/y', 'c/2', 'c/2/x']
const PREFIXES = ['m/', 'c/', 'm', 'c/1', 'none/']
const SORTS = ['1', '2', '2/3', '\u00e9', '\uffee', '\u{1f600}']
const TIMES = [100, 1000, 5000]

const key = fc.constantFrom(...KEYS)
const prefix = fc.constantFrom(...PREFIXES)
const bound = fc.oneof(key, prefix, fc.constantFrom('m/2\u0001', '~', 'z'))
const ttlMs = fc.constantFrom(...TIMES)
const partition = fc.constantFrom('p', 'p/q')
const holds = fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) })
const limit = fc.integer({ min: 1, max: 8 })

type Value = fc.Arbitrary<Uint8Array>

const opOf = (value: Value): fc.Arbitrary<Op> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ put: key, value }) },
    { weight: 2, arbitrary: fc.record({ put: key, value, ttlMs }) },
    { weight: 1, arbitrary: fc.record({ touch: key, ttlMs }) },
    { weight: 1, arbitrary: fc.record({ del: key }) },
    { weight: 1, arbitrary: fc.record({ delPrefix: fc.oneof(prefix, fc.constant('')) }) },
  )

const expiry = fc.oneof(
  fc.constant(null),
  fc.record({ expiresInMs: ttlMs, more: fc.constantFrom(0, 1000) }).map(({ expiresInMs, more }) => ({
    expiresInMs,
    removeInMs: expiresInMs + more,
  })),
)

const entry = fc.record(
  { index: fc.constantFrom('all', 'user/1'), sort: fc.constantFrom(...SORTS), value: fc.uint8Array({ maxLength: 40 }) },
  { requiredKeys: ['index', 'sort'] },
)
const index = fc.uniqueArray(entry, { maxLength: 4, selector: (it) => `${it.index} ${it.sort}` })

const commitStep = (value: Value): fc.Arbitrary<CommitStep> =>
  fc.record({
    partition,
    commit: fc.record({ ops: fc.array(opOf(value), { maxLength: 6 }), expiry, index }, { requiredKeys: ['ops'] }),
    expect: fc.array(fc.oneof(fc.record({ key, holds }), fc.record({ prefix, holds })), { maxLength: 3 }),
    fence: fc.option(fc.record({ key, holds }), { nil: undefined, freq: 5 }),
    isKnown: fc.boolean(),
  })

const rangeRead: fc.Arbitrary<Read> = fc
  .record(
    {
      prefix,
      from: bound,
      to: bound,
      reverse: fc.boolean(),
      floor: fc.boolean(),
      limit,
      maxBytes: fc.constantFrom(1, 60, 120),
    },
    { requiredKeys: ['prefix', 'limit'] },
  )
  .map(({ floor, ...read }) => (floor && read.from !== undefined ? { ...read, floor } : read))

const read: fc.Arbitrary<Read> = fc.oneof(
  fc.record({ get: fc.array(key, { maxLength: 4 }) }),
  rangeRead,
  rangeRead,
  fc.record({ prefix: fc.constant(''), reverse: fc.boolean(), limit }),
)

/** Reads, the last of them below one of the others where that is allowed. */
const reads: fc.Arbitrary<Read[]> = fc
  .tuple(fc.array(read, { minLength: 1, maxLength: 3 }), fc.record({ prefix, limit, below: fc.nat() }))
  .map(([list, last]) => {
    const below = last.below % list.length
    const target = list[below] as Read
    return 'prefix' in target && target.prefix === '' ? list : [...list, { ...last, below }]
  })

const query: fc.Arbitrary<IndexQuery> = fc.record(
  {
    index: fc.constantFrom('all', 'user/1', 'none'),
    from: fc.constantFrom(...SORTS),
    to: fc.constantFrom(...SORTS),
    reverse: fc.boolean(),
    limit: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: ['index', 'limit'] },
)

/** @param largest - how large a row's value gets, in bytes */
export const stepsOf = (largest: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      { weight: 8, arbitrary: commitStep(fc.uint8Array({ maxLength: largest, size: 'max' })) },
      { weight: 6, arbitrary: fc.record({ partition, reads, isKnown: fc.boolean() }) },
      { weight: 3, arbitrary: fc.record({ query }) },
      { weight: 1, arbitrary: partition.map((repeat) => ({ repeat })) },
      { weight: 1, arbitrary: partition.map((drop) => ({ drop })) },
      { weight: 2, arbitrary: fc.constantFrom(1, ...TIMES).map((advanceMs) => ({ advanceMs })) },
    ),
    { minLength: 1, maxLength: 40, size: 'max' },
  )
