import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bytes, revOf, type Suite, text } from './suite.ts'

export function readsTopic(suite: Suite): void {
  describe('reads', () => {
    it('answers for a partition that does not exist with revision 0 and no rows', async () => {
      const snapshot = await suite.store.read(suite.partition(), [{ get: ['a'] }, { prefix: '', limit: 10 }])
      expect(snapshot).toEqual({ now: suite.clock.read(), rev: 0, rows: [[], []], more: [false, false] })
    })

    it('gets live rows in the order asked and leaves out the absent', async () => {
      const partition = suite.partition()
      const rev = await suite.put(partition, { a: '1', b: '2', c: '3' })
      const rows = await suite.read(partition, { get: ['c', 'missing', 'a'] })
      expect(rows.map((row) => [row.key, row.rev, text(row)])).toEqual([
        ['c', rev, '3'],
        ['a', rev, '1'],
      ])
    })

    it('answers several reads in their order, with the revision of the partition', async () => {
      const partition = suite.partition()
      const rev = await suite.put(partition, { 'a/1': 'x', 'b/1': 'y' })
      const snapshot = await suite.store.read(partition, [
        { prefix: 'b/', limit: 5 },
        { get: [] },
        { get: ['a/1'] },
        { prefix: 'c/', limit: 5 },
      ])
      expect(snapshot.rev).toBe(rev)
      expect(snapshot.rows.map((rows) => rows.map((row) => row.key))).toEqual([['b/1'], [], ['a/1'], []])
      expect(snapshot.more).toEqual([false, false, false, false])
    })

    it('takes no read at all', async () => {
      const partition = suite.partition()
      const rev = await suite.put(partition, { a: '1' })
      expect(await suite.store.read(partition, [])).toEqual({ now: suite.clock.read(), rev, rows: [], more: [] })
    })

    it('leaves out the rows of a partition that is at the revision that is known', async () => {
      const partition = suite.partition()
      const expiry = { expiresInMs: 1_000, removeInMs: 2_000 }
      const rev = revOf(await suite.commit(partition, { ops: [{ put: 'a', value: bytes('1') }], expiry }))
      const reads = [{ get: ['a'] }, { prefix: '', limit: 10 }]
      const now = suite.clock.read()
      const lifetime = { expiresAt: now + 1_000, removeAt: now + 2_000 }
      const unchanged = { now, rev, unchanged: true, ...lifetime, rows: [], more: [] }
      expect(await suite.store.read(partition, reads, rev)).toEqual(unchanged)
      expect(await suite.store.read(partition, [], rev)).toEqual(unchanged)
      expect((await suite.store.read(partition, reads, rev - 1)).rows.flat()).toHaveLength(2)
      expect((await suite.store.read(partition, reads, 0)).unchanged).toBeUndefined()
    })

    it('gives the rows of a partition that has changed since the revision that is known', async () => {
      const partition = suite.partition()
      const first = await suite.put(partition, { a: '1' })
      const second = await suite.put(partition, { b: '2' })
      const snapshot = await suite.store.read(partition, [{ get: ['a', 'b'] }], first)
      expect(snapshot).toMatchObject({ rev: second, more: [false] })
      expect(snapshot.unchanged).toBeUndefined()
      expect(snapshot.rows[0]?.map(text)).toEqual(['1', '2'])
    })

    it('knows no partition that is gone, whatever is known of it', async () => {
      const [dropped, removed] = [suite.partition('dropped'), suite.partition('removed')]
      const known = await suite.put(dropped, { a: '1' })
      await suite.store.drop(dropped)
      const gone = { now: suite.clock.read(), rev: 0, rows: [[]], more: [false] }
      expect(await suite.store.read(dropped, [{ get: ['a'] }], known)).toEqual(gone)
      expect(await suite.store.read(dropped, [{ get: ['a'] }], 0)).toEqual(gone)
      const expiry = { expiresInMs: 10, removeInMs: 10 }
      const rev = revOf(await suite.commit(removed, { ops: [{ put: 'a', value: bytes('1') }], expiry }))
      suite.clock.advance(10)
      expect(await suite.store.read(removed, [{ get: ['a'] }], rev)).toEqual({ ...gone, now: suite.clock.read() })
    })

    it('tells apart keys that differ by case, a trailing space or the form of an accent', async () => {
      const partition = suite.partition()
      const rows = { a: '1', A: '2', 'a ': '3', '\u00e9': '4', 'e\u0301': '5' }
      await suite.put(partition, rows)
      expect(await suite.texts(partition)).toEqual(rows)
      expect(await suite.keys(partition, { get: ['A', 'a ', 'e\u0301'] })).toEqual(['A', 'a ', 'e\u0301'])
    })

    it('gives back an empty value and every byte of a large one', async () => {
      const partition = suite.partition()
      const large = randomBytes(1_000_000)
      await suite.commit(partition, {
        ops: [
          { put: 'empty', value: new Uint8Array() },
          { put: 'large', value: large },
        ],
      })
      const [empty, back] = await suite.read(partition, { get: ['empty', 'large'] })
      expect(empty?.value).toHaveLength(0)
      expect(Buffer.compare(back?.value as Uint8Array, large)).toBe(0)
    })

    it('keeps what was put when the caller changes the bytes given or received', async () => {
      const partition = suite.partition()
      const given = bytes('original')
      await suite.commit(partition, { ops: [{ put: 'a', value: given }] })
      given.fill(0)
      const [received] = await suite.read(partition, { get: ['a'] })
      received?.value.fill(0)
      expect(await suite.texts(partition)).toEqual({ a: 'original' })
    })

    it('follows a first key with what stands at or below its last segment elsewhere', async () => {
      const partition = suite.partition()
      await suite.put(partition, {
        'tip/1': '',
        'tip/2': '',
        'c/1': '',
        'c/2': '',
        'c/2/a': '',
        'c/2/b': '',
        'c/20': '',
      })
      const snapshot = await suite.store.read(partition, [
        { prefix: 'tip/', reverse: true, limit: 1 },
        { prefix: 'c/', below: 0, limit: 10 },
        { prefix: 'c/', below: 0, limit: 2 },
        { prefix: 'nothing/', below: 0, limit: 2 },
        { prefix: 'tip/', below: 1, limit: 2 },
      ])
      expect(snapshot.rows.map((rows) => rows.map((row) => row.key))).toEqual([
        ['tip/2'],
        ['c/2', 'c/2/a', 'c/2/b'],
        ['c/2', 'c/2/a'],
        [],
        ['tip/2'],
      ])
      expect(snapshot.more).toEqual([true, false, true, false, false])
    })

    it('finds what is below a key that does not stand itself', async () => {
      const partition = suite.partition()
      await suite.put(partition, { tip: '', 'w/tip!': '', 'w/tip/1': '', 'w/tip/2': '' })
      const snapshot = await suite.store.read(partition, [{ get: ['tip'] }, { prefix: 'w/', below: 0, limit: 2 }])
      expect(snapshot.rows[1]?.map((row) => row.key)).toEqual(['w/tip/1', 'w/tip/2'])
      expect(snapshot.more[1]).toBe(false)
    })

    it('finds nothing below a read that found nothing', async () => {
      const partition = suite.partition()
      await suite.put(partition, { 'c/1': '' })
      const snapshot = await suite.store.read(partition, [
        { prefix: 'tip/', limit: 1 },
        { prefix: 'c/', below: 0, limit: 5 },
      ])
      expect(snapshot.rows).toEqual([[], []])
    })
  })
}
