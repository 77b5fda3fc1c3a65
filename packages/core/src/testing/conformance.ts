import { describe } from 'vitest'
import type { CodecOptions } from '../contract/codec.ts'
import { badInputTopic } from './bad-input.ts'
import { commitsTopic } from './commits.ts'
import { concurrencyTopic } from './concurrency.ts'
import { dropsTopic } from './drops.ts'
import { encryptionTopic } from './encryption.ts'
import { expectationsTopic } from './expectations.ts'
import { handlesTopic } from './handles.ts'
import { indexesTopic } from './indexes.ts'
import { leasesTopic } from './leases.ts'
import { lifetimesTopic } from './lifetimes.ts'
import { rangesTopic } from './ranges.ts'
import { readsTopic } from './reads.ts'
import { retriesTopic } from './retries.ts'
import { type StoreFactory, type StoreReopener, Suite } from './suite.ts'
import { watchingTopic } from './watching.ts'

export interface ConformanceOptions {
  /** Names the store in the report. */
  name?: string
  /** Opens another handle on the database of a store. Without it, what needs two handles is not tested. */
  reopen?: StoreReopener
}

const TOPICS = [
  readsTopic,
  rangesTopic,
  commitsTopic,
  expectationsTopic,
  leasesTopic,
  lifetimesTopic,
  indexesTopic,
  dropsTopic,
  retriesTopic,
  concurrencyTopic,
  watchingTopic,
  badInputTopic,
]

/** Every suite runs with each of these. */
export const TESTED_CODECS: Readonly<Record<string, CodecOptions>> = {
  plain: {},
  encrypted: { keys: [{ id: 'test', key: 'ab'.repeat(32) }] },
}

/**
 * Declares the tests that every store must pass, plain and encrypted. Call it at the top of a vitest file:
 *
 * ```ts
 * import { createStore } from '@everthread/core'
 * import { storeConformance } from '@everthread/core/testing'
 *
 * storeConformance(({ codec, clock }) => createStore(new MyDriver({ clock }), { codec }), { name: 'my store' })
 * ```
 *
 * The clock given replaces the database's time. Tests work in tenants of their own, so a server may be shared.
 */
export function storeConformance(createStore: StoreFactory, options: ConformanceOptions = {}): void {
  for (const [label, codec] of Object.entries(TESTED_CODECS)) {
    describe(`${options.name ?? 'store'}, ${label}`, () => {
      const suite = new Suite(createStore, codec, options.reopen)
      for (const topic of TOPICS) topic(suite)
      if (suite.canReopen) handlesTopic(suite)
      if (suite.canReopen && suite.encrypted) encryptionTopic(suite)
    })
  }
}
