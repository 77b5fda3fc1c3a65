import { describe, expect, it } from 'vitest'
import type { Outcome, Partition } from '../contract/store.ts'
import { bytes, revOf, type Suite } from './suite.ts'

const TTL = 30_000

export function leasesTopic(suite: Suite): void {
  const acquire = (partition: Partition): Promise<Outcome> =>
    suite.commit(partition, {
      expect: [{ key: 'lease', rev: 0 }],
      ops: [{ put: 'lease', value: bytes('holder'), ttlMs: TTL }],
    })
  const writeAs = (partition: Partition, rev: number): Promise<Outcome> =>
    suite.commit(partition, { fence: { key: 'lease', rev }, ops: [{ put: 'step', value: bytes('written') }] })

  describe('leases and fences', () => {
    it('gives a free lease to one, and no second', async () => {
      const partition = suite.partition()
      expect(await acquire(partition)).toMatchObject({ ok: true })
      expect(await acquire(partition)).toMatchObject({ ok: false, rows: [{ key: 'lease' }] })
    })

    it('lets the holder write while the lease is live', async () => {
      const partition = suite.partition()
      const token = revOf(await acquire(partition))
      suite.clock.advance(TTL - 1)
      expect(await writeAs(partition, token)).toMatchObject({ ok: true })
    })

    it('renews by touch, and the new revision is the token', async () => {
      const partition = suite.partition()
      const token = revOf(await acquire(partition))
      suite.clock.advance(TTL - 1)
      const renewed = await suite.commit(partition, {
        fence: { key: 'lease', rev: token },
        ops: [{ touch: 'lease', ttlMs: TTL }],
      })
      suite.clock.advance(TTL - 1)
      expect(await writeAs(partition, token)).toMatchObject({ ok: false, failed: 'fence' })
      expect(await writeAs(partition, revOf(renewed))).toMatchObject({ ok: true })
    })

    it('fences an expired lease even if nobody took it', async () => {
      const partition = suite.partition()
      const token = revOf(await acquire(partition))
      suite.clock.advance(TTL)
      expect(await writeAs(partition, token)).toMatchObject({ ok: false, failed: 'fence', rows: [] })
      expect(await suite.texts(partition)).toEqual({})
    })

    it('does not bring an expired lease back by touch', async () => {
      const partition = suite.partition()
      const token = revOf(await acquire(partition))
      suite.clock.advance(TTL)
      await suite.commit(partition, { ops: [{ touch: 'lease', ttlMs: TTL }] })
      expect(await writeAs(partition, token)).toMatchObject({ ok: false, failed: 'fence' })
      expect(await acquire(partition)).toMatchObject({ ok: true })
    })

    it('fences the old holder once another took over, and shows who did', async () => {
      const partition = suite.partition()
      const old = revOf(await acquire(partition))
      suite.clock.advance(TTL)
      const taken = revOf(await acquire(partition))
      expect(await writeAs(partition, old)).toMatchObject({
        ok: false,
        failed: 'fence',
        rows: [{ key: 'lease', rev: taken }],
      })
      expect(await writeAs(partition, taken)).toMatchObject({ ok: true })
    })

    it('judges the fence before the expectations', async () => {
      const partition = suite.partition()
      await suite.put(partition, { a: '1' })
      const outcome = await suite.commit(partition, { fence: { key: 'lease', rev: 1 }, expect: [{ key: 'a', rev: 1 }] })
      expect(outcome).toMatchObject({ ok: false, failed: 'fence', rows: [{ key: 'a' }] })
    })

    it('tells a failed expectation apart from a fence that holds', async () => {
      const partition = suite.partition()
      const token = revOf(await acquire(partition))
      const outcome = await suite.commit(partition, {
        fence: { key: 'lease', rev: token },
        expect: [{ key: 'a', rev: 1 }],
      })
      expect(outcome).toMatchObject({ ok: false, failed: 'expect', rows: [{ key: 'lease', rev: token }] })
    })

    it('releases in the last commit, and the next one acquires at once', async () => {
      const partition = suite.partition()
      const token = revOf(await acquire(partition))
      const last = { fence: { key: 'lease', rev: token }, ops: [{ del: 'lease' }] }
      expect(await suite.commit(partition, last)).toMatchObject({ ok: true })
      expect(await writeAs(partition, token)).toMatchObject({ ok: false, failed: 'fence' })
      expect(await acquire(partition)).toMatchObject({ ok: true })
    })

    it('fences in a partition that does not exist', async () => {
      expect(await writeAs(suite.partition(), 1)).toMatchObject({ ok: false, failed: 'fence', rows: [] })
    })
  })

  describe('tickets', () => {
    const queue = (partition: Partition, penaltyMs: number, name: string, ttlMs = TTL): Promise<string> => {
      const ticket = `q/${suite.clock.read() + penaltyMs}/${name}`
      const ops = [{ put: ticket, value: bytes(name), ttlMs }]
      return suite.commit(partition, { ops }).then(() => ticket)
    }
    const acquireBy = (partition: Partition, ticket: string): Promise<Outcome> =>
      suite.commit(partition, {
        expect: [
          { key: 'lease', rev: 0 },
          { prefix: 'q/', first: ticket },
        ],
        ops: [{ del: ticket }, { put: 'lease', value: bytes(ticket), ttlMs: TTL }],
      })

    it('lets only the first in the queue acquire', async () => {
      const partition = suite.partition()
      const first = await queue(partition, 0, 'a')
      const second = await queue(partition, 1, 'b')
      expect(await acquireBy(partition, second)).toMatchObject({ ok: false, rows: [{ key: first }] })
      expect(await acquireBy(partition, first)).toMatchObject({ ok: true })
    })

    it('serves a lesser class that has waited long enough before a better one', async () => {
      const partition = suite.partition()
      const background = await queue(partition, 5000, 'background')
      suite.clock.advance(4000)
      const early = await queue(partition, 0, 'early user')
      suite.clock.advance(2000)
      const late = await queue(partition, 0, 'late user')
      expect(await suite.keys(partition, { prefix: 'q/', limit: 9 })).toEqual([early, background, late])
    })

    it('forgets a waiter that died', async () => {
      const partition = suite.partition()
      await queue(partition, 0, 'dead', 1000)
      const alive = await queue(partition, 1, 'alive')
      suite.clock.advance(1000)
      expect(await acquireBy(partition, alive)).toMatchObject({ ok: true })
    })
  })
}
