import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Address,
  addresses,
  countEntries,
  packRuns,
  pushAddress,
  type Run,
  sameRuns,
  takeEntries,
  unpackRuns,
} from '../../src/checkpoint/runs.ts'

const address = fc.record({ segment: fc.constantFrom('a', 'b'), position: fc.nat(6) })

const runsFrom = (places: readonly Address[]): Run[] => {
  const runs: Run[] = []
  for (const place of places) pushAddress(runs, place)
  return runs
}

describe('runs', () => {
  it('stand for the addresses that were pushed, in their order', () => {
    fc.assert(
      fc.property(fc.array(address), (places) => {
        expect([...addresses(runsFrom(places))]).toEqual(places)
      }),
    )
  })

  it('count what they stand for, and are as many as there are leaps', () => {
    fc.assert(
      fc.property(fc.array(address), (places) => {
        const leaps = places.filter((place, i) => {
          const before = places[i - 1]
          return !before || before.segment !== place.segment || before.position + 1 !== place.position
        })
        const runs = runsFrom(places)
        expect(countEntries(runs)).toBe(places.length)
        expect(runs).toHaveLength(leaps.length)
      }),
    )
  })

  it('give their first entries, and leave themselves as they were', () => {
    fc.assert(
      fc.property(fc.array(address), fc.nat(20), (places, count) => {
        const runs = runsFrom(places)
        const before = structuredClone(runs)
        const first = takeEntries(runs, count)
        expect([...addresses(first)]).toEqual(places.slice(0, count))
        pushAddress(first, { segment: 'a', position: 3 })
        expect(runs).toEqual(before)
      }),
    )
  })

  it('are the same after they were stored', () => {
    fc.assert(
      fc.property(fc.array(address), fc.array(address), (places, others) => {
        const runs = runsFrom(places)
        expect(sameRuns(unpackRuns(packRuns(runs)), runs)).toBe(true)
        expect(sameRuns(runs, runsFrom(others))).toBe(JSON.stringify(places) === JSON.stringify(others))
      }),
    )
  })
})
