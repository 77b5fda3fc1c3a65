import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Op } from '../contract/store.ts'
import { bytes, type LooseCommit, revOf, type Suite, text } from './suite.ts'

const EXPIRY = { expiresInMs: 60_000, removeInMs: 90_000 }

export function commitsTopic(suite: Suite): void {
  describe('commits', () => {
    it('makes the partition with a revision of at least the store’s time in microseconds', async () => {
      const partition = suite.partition()
      const outcome = await suite.commit(partition, { ops: [{ put: 'a', value: bytes('1') }] })
      expect(outcome).toEqual({ ok: true, now: suite.clock.read(), rev: expect.any(Number), repeated: false })
      expect(revOf(outcome)).toBeGreaterThanOrEqual(suite.clock.read() * 1000)
      expect(Number.isSafeInteger(revOf(outcome))).toBe(true)
    })

    it('gives every commit a greater revision, and only the rows it put or touched carry it', async () => {
      const partition = suite.partition()
      const first = await suite.put(partition, { a: '1', b: '1' })
      const second = await suite.put(partition, { b: '2' })
      const third = revOf(await suite.commit(partition, {}))
      expect(second).toBeGreaterThan(first)
      expect(third).toBeGreaterThan(second)
      const snapshot = await suite.store.read(partition, [{ get: ['a', 'b'] }])
      expect(snapshot.rev).toBe(third)
      expect(snapshot.rows[0]?.map((row) => row.rev)).toEqual([first, second])
    })

    it('says that it follows on a revision only when it does, if the store can tell', async () => {
      const partition = suite.partition()
      const told = async (commit: LooseCommit): Promise<boolean | undefined> => {
        const outcome = await suite.commit(partition, commit)
        return outcome.ok ? outcome.follows : undefined
      }
      const first = await suite.put(partition, { a: '1' })
      const tells = (await told({ known: first })) === true
      expect(await told({ known: first })).toBeUndefined()
      expect(await told({ known: 0 })).toBeUndefined()
      expect(await told({})).toBeUndefined()
      await suite.store.drop(partition)
      expect(await told({ known: first })).toBeUndefined()
      await suite.store.drop(partition)
      expect(await told({ known: 0 })).toBe(tells ? true : undefined)
    })

    it('keeps what commits put that name what they know, as the partition grows and shrinks', async () => {
      const partition = suite.partition()
      const expected: Record<string, string> = {}
      let known = 0
      for (let at = 0; at < 90; at++) {
        const key = `r/${String((at * 37) % 90).padStart(3, '0')}`
        expected[key] = randomBytes(at < 70 ? 40 : 800).toString('hex')
        const ops: Op[] = [{ put: key, value: bytes(expected[key]) }]
        if (at === 60) ops.push({ delPrefix: 'r/00' }, { del: 'r/012' })
        known = revOf(await suite.commit(partition, { ops, known, expiry: at === 30 ? null : EXPIRY }))
        if (at !== 60) continue
        for (const gone of Object.keys(expected)) {
          if (gone.startsWith('r/00') || gone === 'r/012') delete expected[gone]
        }
      }
      expect(await suite.texts(partition)).toEqual(expected)
      const { rev, removeAt } = await suite.store.read(partition, [])
      expect([rev, removeAt]).toEqual([known, suite.clock.read() + EXPIRY.removeInMs])
    })

    it('refuses by its expectation a commit that names what it knows, and tells what is there', async () => {
      const partition = suite.partition()
      const first = await suite.put(partition, { a: '1', 'm/1': 'x' })
      const known = revOf(await suite.commit(partition, { ops: [{ put: 'b', value: bytes('1') }], known: first }))
      const op = { put: 'c', value: bytes('1') }
      for (const wrong of [
        { key: 'a', rev: 1 },
        { key: 'd', rev: 1 },
        { prefix: 'm/', first: null },
      ] as const) {
        expect(await suite.commit(partition, { ops: [op], expect: [wrong], known })).toMatchObject({ ok: false })
      }
      const right = [
        { key: 'a', rev: first },
        { key: 'd', rev: 0 },
        { prefix: 'm/', first: 'm/1' },
      ]
      expect(await suite.commit(partition, { ops: [op], expect: right, known })).toMatchObject({ ok: true })
    })

    it('applies ops in their order', async () => {
      const partition = suite.partition()
      await suite.put(partition, { 'x/1': 'old', 'y/1': 'old' })
      const value = bytes('new')
      await suite.commit(partition, {
        ops: [
          { put: 'a', value },
          { del: 'a' },
          { del: 'b' },
          { put: 'b', value },
          { delPrefix: 'x/' },
          { put: 'x/2', value },
          { put: 'y/2', value },
          { delPrefix: 'y/' },
          { put: 'c', value: bytes('first') },
          { put: 'c', value },
        ],
      })
      expect(await suite.texts(partition)).toEqual({ b: 'new', c: 'new', 'x/2': 'new' })
    })

    it('deletes a prefix literally and leaves its neighbours', async () => {
      const partition = suite.partition()
      await suite.put(partition, { 'a_/1': '', 'ab/1': '', 'a%/1': '', a_: '', a_0: '' })
      await suite.commit(partition, { ops: [{ delPrefix: 'a_/' }, { delPrefix: 'a%' }] })
      expect(Object.keys(await suite.texts(partition))).toEqual(['a_', 'a_0', 'ab/1'])
    })

    it('deletes everything with an empty prefix and stays writable', async () => {
      const partition = suite.partition()
      await suite.put(partition, { a: '1', '\u{1f600}': '2' })
      await suite.commit(partition, { ops: [{ delPrefix: '' }, { put: 'b', value: bytes('3') }] })
      await suite.put(partition, { c: '4' })
      expect(await suite.texts(partition)).toEqual({ b: '3', c: '4' })
    })

    it('does nothing by deleting or touching what is absent', async () => {
      const partition = suite.partition()
      await suite.put(partition, { a: '1' })
      await suite.commit(partition, { ops: [{ del: 'b' }, { touch: 'c', ttlMs: 1000 }, { delPrefix: 'd/' }] })
      expect(await suite.texts(partition)).toEqual({ a: '1' })
    })

    it('touches a row put by the same commit', async () => {
      const partition = suite.partition()
      const ops = [
        { put: 'a', value: bytes('1') },
        { touch: 'a', ttlMs: 1000 },
      ]
      const outcome = await suite.commit(partition, { ops })
      const [row] = await suite.read(partition, { get: ['a'] })
      expect(row).toMatchObject({ rev: revOf(outcome), until: suite.clock.read() + 1000 })
      expect(text(row)).toBe('1')
    })

    it('takes 5,000 rows at once, and folds them into one', async () => {
      const partition = suite.partition()
      const keys = Array.from({ length: 5000 }, (_, at) => `m/${String(at).padStart(5, '0')}`)
      await suite.commit(partition, { ops: keys.map((key) => ({ put: key, value: bytes(key) })) })
      const rows = await suite.read(partition, { prefix: 'm/', limit: 6000 })
      expect(rows.map((row) => text(row))).toEqual(keys)
      expect(await suite.read(partition, { get: keys })).toHaveLength(5000)
      await suite.commit(partition, { ops: [{ delPrefix: 'm/' }, { put: 'm/all', value: bytes('folded') }] })
      expect(await suite.texts(partition)).toEqual({ 'm/all': 'folded' })
    })

    it('takes 5,000 single deletions at once', async () => {
      const partition = suite.partition()
      const keys = Array.from({ length: 5000 }, (_, at) => `m/${at}`)
      await suite.commit(partition, { ops: keys.map((key) => ({ put: key, value: new Uint8Array() })) })
      await suite.commit(partition, { ops: keys.map((key) => ({ del: key })) })
      expect(await suite.texts(partition)).toEqual({})
    })

    it('takes 7 MB of values at once', async () => {
      const partition = suite.partition()
      const value = randomBytes(1_000_000)
      await suite.commit(partition, { ops: Array.from({ length: 7 }, (_, at) => ({ put: `big/${at}`, value })) })
      const rows = await suite.read(partition, { prefix: 'big/', limit: 9 })
      expect(rows.map((row) => Buffer.compare(row.value, value))).toEqual([0, 0, 0, 0, 0, 0, 0])
    })

    it('keeps partitions and tenants apart, whatever their names', async () => {
      const tenant = suite.partition().tenant
      const odd = [
        'user1',
        'user1:chat2',
        'user1/x',
        'USER1',
        'user1 ',
        "'; --",
        '{tag}',
        '%',
        '*',
        'ü😀',
        'constructor',
      ]
      const partitions = [
        ...odd.map((id) => suite.partition(id, tenant)),
        suite.partition('c', `${tenant}:a:b`),
        suite.partition('b:c', `${tenant}:a`),
        suite.partition('x'.repeat(1024), tenant),
      ]
      for (const [at, partition] of partitions.entries()) await suite.put(partition, { a: String(at) })
      await suite.store.drop({ tenant, id: 'user1' })
      const texts = await Promise.all(partitions.map(async (partition) => (await suite.texts(partition)).a))
      expect(texts).toEqual([undefined, ...partitions.slice(1).map((_, at) => String(at + 1))])
    })
  })
}
