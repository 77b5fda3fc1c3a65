import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../contract/store.ts'
import { memoryStore } from '../stores/memory.ts'
import { TESTED_CODECS } from './conformance.ts'
import { firstDifference, StepRunner } from './run-steps.ts'
import { freshTenant, ManualClock, type StoreFactory } from './suite.ts'

export interface MatchOptions {
  /** Names the store in the report. */
  name?: string
  /** How many random sequences to try for each codec; 50 when left out. */
  runs?: number
  /** How large the values of rows get, in bytes; 40 when left out. */
  largest?: number
}

/**
 * Declares a property test, plain and encrypted: any sequence of commits, repeats, reads, queries, drops and passing
 * time is answered by the store as by the memory store. Needs fast-check beside vitest.
 */
export function storeMatchesMemory(createStore: StoreFactory, options: MatchOptions = {}): void {
  const { name = 'store', runs = 50, largest = 40 } = options
  for (const [label, codec] of Object.entries(TESTED_CODECS)) {
    describe(`${name}, ${label}`, () => {
      const clock = new ManualClock()
      let store: Store
      let reference: Store

      beforeAll(async () => {
        store = await createStore({ codec, clock: clock.read })
        reference = memoryStore({ codec, clock: clock.read })
      })
      afterAll(async () => {
        await store.close()
        await reference.close()
      })

      it('answers any sequence of steps as the memory store does', async () => {
        // Here and not above: whoever only runs the conformance suite needs no fast-check.
        const [{ default: fc }, { stepsOf }] = await Promise.all([import('fast-check'), import('./steps.ts')])
        await fc.assert(
          fc.asyncProperty(stepsOf(largest), async (sequence) => {
            const tenant = freshTenant()
            const runners: [StepRunner, StepRunner] = [new StepRunner(store, tenant), new StepRunner(reference, tenant)]
            const difference = await firstDifference(runners, sequence, clock, isDeepStrictEqual)
            expect(difference?.answered, JSON.stringify(difference?.step)).toEqual(difference?.expected)
            await runners[0].clear()
          }),
          { numRuns: runs },
        )
      })
    })
  }
}
