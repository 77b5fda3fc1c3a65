import { describe, expect, it } from 'vitest'
import { bytes, type Suite } from './suite.ts'

export function lifetimesTopic(suite: Suite): void {
  describe('time to live', () => {
    const putFor = (partition: ReturnType<Suite['partition']>, key: string, ttlMs: number) =>
      suite.commit(partition, { ops: [{ put: key, value: bytes(key), ttlMs }] })

    it('says until when a row lives, by the clock given', async () => {
      const partition = suite.partition()
      await putFor(partition, 'a', 1000)
      const snapshot = await suite.store.read(partition, [{ get: ['a'] }])
      expect(snapshot.now).toBe(suite.clock.read())
      expect(snapshot.rows[0]?.[0]?.until).toBe(suite.clock.read() + 1000)
    })

    it('names no until for a row that stays', async () => {
      const partition = suite.partition()
      await suite.put(partition, { a: '1' })
      expect((await suite.read(partition, { get: ['a'] }))[0]).not.toHaveProperty('until')
    })

    it('ends a row exactly when its time is over', async () => {
      const partition = suite.partition()
      await putFor(partition, 'a', 1000)
      suite.clock.advance(999)
      expect(await suite.keys(partition, { get: ['a'] })).toEqual(['a'])
      suite.clock.advance(1)
      expect(await suite.keys(partition, { get: ['a'] })).toEqual([])
    })

    it('counts no dead row in limits, floors and what is below', async () => {
      const partition = suite.partition()
      await suite.put(partition, { 'm/1': '', 'm/4': '', 'm/9': '', 'c/1/a': '', 'c/1/c': '' })
      for (const key of ['m/0', 'm/3', 'm/5', 'm/99', 'c/1', 'c/1/b']) await putFor(partition, key, 1000)
      suite.clock.advance(1000)
      const snapshot = await suite.store.read(partition, [
        { prefix: 'm/', limit: 1 },
        { prefix: 'm/', limit: 3 },
        { prefix: 'm/', from: 'm/3', floor: true, limit: 1 },
        { prefix: 'm/', reverse: true, limit: 1 },
        { prefix: 'c/', below: 0, limit: 2 },
      ])
      expect(snapshot.rows.map((rows) => rows.map((row) => row.key).join())).toEqual([
        'm/1',
        'm/1,m/4,m/9',
        'm/1',
        'm/9',
        'c/1/a,c/1/c',
      ])
      expect(snapshot.more).toEqual([true, false, true, true, false])
    })

    it('makes a row stay when it is put again without a ttl', async () => {
      const partition = suite.partition()
      await putFor(partition, 'a', 1000)
      await suite.put(partition, { a: 'again' })
      suite.clock.advance(1000)
      expect(await suite.texts(partition)).toEqual({ a: 'again' })
    })

    it('gives a row more time, or less, by touch, and keeps its value', async () => {
      const partition = suite.partition()
      await putFor(partition, 'a', 1000)
      await suite.put(partition, { b: 'b' })
      await suite.commit(partition, {
        ops: [
          { touch: 'a', ttlMs: 5000 },
          { touch: 'b', ttlMs: 2000 },
        ],
      })
      suite.clock.advance(1999)
      expect(await suite.texts(partition)).toEqual({ a: 'a', b: 'b' })
      suite.clock.advance(1)
      expect(await suite.texts(partition)).toEqual({ a: 'a' })
    })

    it('keeps the living when many rows have died', async () => {
      const partition = suite.partition()
      const ops = Array.from({ length: 200 }, (_, at) => ({ put: `w/${at}`, value: bytes(''), ttlMs: 1000 + at }))
      await suite.commit(partition, { ops })
      suite.clock.advance(1100)
      for (let at = 0; at < 20; at++) await suite.put(partition, { again: String(at) })
      expect(await suite.keys(partition, { prefix: 'w/', limit: 500 })).toHaveLength(99)
    })
  })

  describe('expiry', () => {
    const expiry = { expiresInMs: 1000, removeInMs: 5000 }

    it('is told with every read', async () => {
      const partition = suite.partition()
      await suite.commit(partition, { expiry })
      const now = suite.clock.read()
      expect(await suite.store.read(partition, [])).toMatchObject({ expiresAt: now + 1000, removeAt: now + 5000 })
    })

    it('is kept when a commit leaves it out, replaced when given, and cleared by null', async () => {
      const partition = suite.partition()
      await suite.commit(partition, { expiry })
      const now = suite.clock.read()
      suite.clock.advance(500)
      await suite.put(partition, { a: '1' })
      expect(await suite.store.read(partition, [])).toMatchObject({ expiresAt: now + 1000, removeAt: now + 5000 })
      await suite.commit(partition, { expiry: { expiresInMs: 700, removeInMs: 700 } })
      expect(await suite.store.read(partition, [])).toMatchObject({ expiresAt: now + 1200, removeAt: now + 1200 })
      await suite.commit(partition, { expiry: null })
      suite.clock.advance(10_000)
      const snapshot = await suite.store.read(partition, [{ get: ['a'] }])
      expect(snapshot).not.toHaveProperty('expiresAt')
      expect(snapshot).not.toHaveProperty('removeAt')
      expect(snapshot.rows[0]).toHaveLength(1)
    })

    it('leaves an expired partition readable and writable until it is removed', async () => {
      const partition = suite.partition()
      await suite.commit(partition, { expiry, ops: [{ put: 'a', value: bytes('1') }] })
      suite.clock.advance(4999)
      await suite.put(partition, { b: '2' })
      expect(await suite.texts(partition)).toEqual({ a: '1', b: '2' })
    })

    it('reads as a partition that does not exist once it is removed', async () => {
      const partition = suite.partition()
      await suite.commit(partition, { expiry, ops: [{ put: 'a', value: bytes('1') }] })
      suite.clock.advance(5000)
      expect(await suite.store.read(partition, [{ get: ['a'] }])).toEqual({
        now: suite.clock.read(),
        rev: 0,
        rows: [[]],
        more: [false],
      })
    })

    it('starts a removed partition anew: no rows, no expiry, no index, a greater revision', async () => {
      const partition = suite.partition()
      const index = [{ index: 'all', sort: '1' }]
      const old = await suite.commit(partition, { expiry, index, ops: [{ put: 'a', value: bytes('1') }] })
      suite.clock.advance(5000)
      const made = await suite.commit(partition, {
        expect: [{ key: 'a', rev: 0 }],
        ops: [{ put: 'b', value: bytes('2') }],
      })
      expect(made).toMatchObject({ ok: true })
      expect(made.ok && old.ok && made.rev > old.rev).toBe(true)
      expect(await suite.texts(partition)).toEqual({ b: '2' })
      expect(await suite.store.read(partition, [])).not.toHaveProperty('expiresAt')
      expect((await suite.store.query(partition.tenant, { index: 'all', limit: 5 })).rows).toEqual([])
    })
  })
}
