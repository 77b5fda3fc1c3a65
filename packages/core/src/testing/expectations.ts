import { describe, expect, it } from 'vitest'
import { bytes, type Suite, text } from './suite.ts'

const ops = [{ put: 'done', value: bytes('yes') }]

export function expectationsTopic(suite: Suite): void {
  describe('expectations', () => {
    it('commits when a row has the revision expected', async () => {
      const partition = suite.partition()
      const rev = await suite.put(partition, { a: '1' })
      expect(await suite.commit(partition, { expect: [{ key: 'a', rev }], ops })).toMatchObject({ ok: true })
    })

    it('does nothing when a row has another revision, and answers with the row as it is', async () => {
      const partition = suite.partition()
      const stale = await suite.put(partition, { a: '1' })
      const rev = await suite.put(partition, { a: '2' })
      const outcome = await suite.commit(partition, { expect: [{ key: 'a', rev: stale }], ops })
      expect(outcome).toMatchObject({ ok: false, failed: 'expect', now: suite.clock.read(), rows: [{ key: 'a', rev }] })
      expect(outcome.ok || text(outcome.rows[0])).toBe('2')
      expect(await suite.texts(partition)).toEqual({ a: '2' })
      expect((await suite.store.read(partition, [])).rev).toBe(rev)
    })

    it('takes revision 0 for absence', async () => {
      const partition = suite.partition()
      const commit = { expect: [{ key: 'done', rev: 0 }], ops }
      expect(await suite.commit(partition, commit)).toMatchObject({ ok: true })
      expect(await suite.commit(partition, commit)).toMatchObject({ ok: false, rows: [{ key: 'done' }] })
    })

    it('takes a row past its until for absent', async () => {
      const partition = suite.partition()
      await suite.commit(partition, { ops: [{ put: 'a', value: bytes('1'), ttlMs: 1000 }] })
      suite.clock.advance(1000)
      expect(await suite.commit(partition, { expect: [{ key: 'a', rev: 0 }], ops })).toMatchObject({ ok: true })
    })

    it('refuses a revision that a row past its until had', async () => {
      const partition = suite.partition()
      const made = await suite.commit(partition, { ops: [{ put: 'a', value: bytes('1'), ttlMs: 1000 }] })
      suite.clock.advance(1000)
      const outcome = await suite.commit(partition, { expect: [{ key: 'a', rev: made.ok ? made.rev : 0 }], ops })
      expect(outcome).toMatchObject({ ok: false, failed: 'expect', rows: [] })
    })

    it('expects the first key under a prefix', async () => {
      const partition = suite.partition()
      await suite.put(partition, { 'q/2': 'b', 'q/3': 'c', q: '', 'p/1': '' })
      expect(await suite.commit(partition, { expect: [{ prefix: 'q/', first: 'q/2' }] })).toMatchObject({ ok: true })
      const outcome = await suite.commit(partition, { expect: [{ prefix: 'q/', first: 'q/3' }], ops })
      expect(outcome).toMatchObject({ ok: false, failed: 'expect', rows: [{ key: 'q/2', value: bytes('b') }] })
    })

    it('expects nothing under a prefix', async () => {
      const partition = suite.partition()
      expect(await suite.commit(partition, { expect: [{ prefix: 'q/', first: null }] })).toMatchObject({ ok: true })
      await suite.put(partition, { 'q/1': '' })
      const outcome = await suite.commit(partition, { expect: [{ prefix: 'q/', first: null }], ops })
      expect(outcome).toMatchObject({ ok: false, failed: 'expect', rows: [{ key: 'q/1' }] })
    })

    it('needs all expectations to hold', async () => {
      const partition = suite.partition()
      const rev = await suite.put(partition, { a: '1', b: '1' })
      const expected = [
        { key: 'a', rev },
        { key: 'b', rev: rev - 1 },
      ]
      expect(await suite.commit(partition, { expect: expected, ops })).toMatchObject({ ok: false })
      expect(await suite.texts(partition)).not.toHaveProperty('done')
    })

    it('answers a refusal with every expected row that is live, each once', async () => {
      const partition = suite.partition()
      await suite.put(partition, { 'a/1': '', 'a/2': '', b: '' })
      const outcome = await suite.commit(partition, {
        expect: [
          { key: 'a/1', rev: 0 },
          { prefix: 'a/', first: null },
          { key: 'b', rev: 1 },
          { key: 'b', rev: 2 },
          { key: 'absent', rev: 3 },
        ],
      })
      expect(outcome.ok ? [] : outcome.rows.map((row) => row.key).sort()).toEqual(['a/1', 'b'])
    })

    it('is about rows, not the partition: other rows may change', async () => {
      const partition = suite.partition()
      const rev = await suite.put(partition, { a: '1' })
      await suite.put(partition, { b: '1' })
      expect(await suite.commit(partition, { expect: [{ key: 'a', rev }], ops })).toMatchObject({ ok: true })
    })

    it('makes no partition by a refused commit', async () => {
      const partition = suite.partition()
      const outcome = await suite.commit(partition, {
        expect: [{ key: 'a', rev: 5 }],
        ops,
        expiry: { expiresInMs: 1000, removeInMs: 2000 },
        index: [{ index: 'all', sort: '1' }],
      })
      expect(outcome).toMatchObject({ ok: false, failed: 'expect', rows: [] })
      expect(await suite.store.read(partition, [])).toMatchObject({ rev: 0 })
      expect(await suite.store.query(partition.tenant, { index: 'all', limit: 5 })).toMatchObject({ rows: [] })
    })
  })
}
