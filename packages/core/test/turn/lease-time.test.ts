import { memoryStore } from '@everthread/core/memory'
import fc from 'fast-check'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { SessionManager, type Store } from '../../src/index.ts'
import { cutOff, user, virtualTime } from './scene.ts'

beforeEach(virtualTime)

/** How long after its last renewal a turn whose process died lets the next one begin, when that comes so much later. */
async function waitAfterDeath(leaseMs: number, comesAfter: number): Promise<number> {
  const store = memoryStore({ clock: () => Date.now() })
  const open = (on: Store) => new SessionManager({ store: on, lease: { ttlMs: leaseMs } }).asService().open('session')
  const died = open(cutOff(store)).turn(async (turn) => {
    turn.append(user('begun'))
    await turn.checkpoint()
    throw new Error('died')
  })
  await expect(died).rejects.toThrow('died')
  const renewedAt = Date.now()
  await vi.advanceTimersByTimeAsync(comesAfter)
  const begun = open(store).turn(({ recovered }) => ({ at: Date.now(), recovered }))
  await vi.advanceTimersByTimeAsync(leaseMs)
  const { at, recovered } = await begun
  expect(recovered).toBeDefined()
  return at - renewedAt
}

describe('the turn after one whose process died', () => {
  it.each([
    [1_000, 800],
    [30_000, 29_000],
    [100, 80],
  ])('begins when the row of a lease of %i ms ends, at %i ms: not a poll later', async (leaseMs, rowMs) => {
    expect(await waitAfterDeath(leaseMs, 1)).toBe(rowMs)
  })

  it('begins within the lease time, whatever that is and whenever it comes', async () => {
    const times = fc
      .integer({ min: 100, max: 10_000 })
      .chain((leaseMs) => fc.tuple(fc.constant(leaseMs), fc.integer({ min: 0, max: leaseMs })))
    const property = fc.asyncProperty(times, async ([leaseMs, comesAfter]) => {
      expect(await waitAfterDeath(leaseMs, comesAfter)).toBeLessThanOrEqual(leaseMs)
    })
    await fc.assert(property, { numRuns: 20 })
  })
})
