import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Suite } from './suite.ts'

/** One character of each UTF-8 length, in bytewise order; JavaScript's own order swaps the last two. */
const BYTEWISE = ['m/ ', 'm/A', 'm/_', 'm/a', 'm/\u00e9', 'm/\uffee', 'm/\u{1f600}']
const MATCHED_BY_PATTERNS = ['a%b', 'a*b', 'a?b', 'a[b]', 'a\\b', 'a_b', "a'b", 'a"b']

export function rangesTopic(suite: Suite): void {
  async function numbered(): Promise<ReturnType<Suite['partition']>> {
    const partition = suite.partition()
    await suite.put(partition, { 'm/1': '', 'm/3': '', 'm/5': '', 'm/7': '', l: '', 'm!': '', n: '' })
    return partition
  }

  describe('ranges', () => {
    it('orders keys bytewise as UTF-8, both ways', async () => {
      const partition = suite.partition()
      await suite.put(partition, Object.fromEntries([...BYTEWISE].reverse().map((key) => [key, ''])))
      expect(await suite.keys(partition, { prefix: 'm/', limit: 100 })).toEqual(BYTEWISE)
      expect(await suite.keys(partition, { prefix: 'm/', reverse: true, limit: 100 })).toEqual([...BYTEWISE].reverse())
    })

    it('bounds ranges bytewise too', async () => {
      const partition = suite.partition()
      await suite.put(partition, Object.fromEntries(BYTEWISE.map((key) => [key, ''])))
      expect(await suite.keys(partition, { prefix: 'm/', from: 'm/\uffee', limit: 100 })).toEqual(BYTEWISE.slice(5))
      expect(await suite.keys(partition, { prefix: 'm/', to: 'm/\u{1f600}', limit: 100 })).toEqual(BYTEWISE.slice(0, 6))
    })

    it('takes a prefix literally', async () => {
      const partition = suite.partition()
      const keys = [...MATCHED_BY_PATTERNS, 'aXb'].map((key) => `${key}/1`)
      await suite.put(partition, Object.fromEntries(keys.map((key) => [key, ''])))
      for (const prefix of MATCHED_BY_PATTERNS) {
        expect(await suite.keys(partition, { prefix, limit: 100 })).toEqual([`${prefix}/1`])
      }
    })

    it('covers all rows, and none of the store’s own, with an empty prefix', async () => {
      const partition = suite.partition()
      const keys = ['a', 'z', '\u00e9']
      await suite.put(partition, Object.fromEntries(keys.map((key) => [key, ''])))
      expect(await suite.keys(partition, { prefix: '', limit: 100 })).toEqual(keys)
      expect(await suite.keys(partition, { prefix: '', limit: 3 })).toEqual(keys)
      expect(await suite.keys(partition, { prefix: '', from: 'zz', limit: 1, maxBytes: 1 })).toEqual(['\u00e9'])
      expect(await suite.keys(partition, { prefix: '', to: '\u00e9', reverse: true, limit: 1 })).toEqual(['z'])
    })

    it('starts at from, inclusive, and ends before to', async () => {
      const partition = await numbered()
      expect(await suite.keys(partition, { prefix: 'm/', from: 'm/3', to: 'm/7', limit: 9 })).toEqual(['m/3', 'm/5'])
      expect(await suite.keys(partition, { prefix: 'm/', from: 'm/3', to: 'm/7', reverse: true, limit: 9 })).toEqual([
        'm/5',
        'm/3',
      ])
    })

    it('stays under the prefix when a bound lies outside it', async () => {
      const partition = await numbered()
      expect(await suite.keys(partition, { prefix: 'm/', from: 'a', to: 'z', limit: 9 })).toHaveLength(4)
      expect(await suite.keys(partition, { prefix: 'm/', from: 'z', limit: 9 })).toEqual([])
      expect(await suite.keys(partition, { prefix: 'm/', to: 'a', limit: 9 })).toEqual([])
      expect(await suite.keys(partition, { prefix: 'm/', from: 'm/7', to: 'm/1', limit: 9 })).toEqual([])
    })

    it('resumes just after a key when \\u0001 is added to it', async () => {
      const partition = suite.partition()
      await suite.put(partition, { a: '', 'a ': '', 'a/b': '', b: '' })
      expect(await suite.keys(partition, { prefix: '', from: 'a\u0001', limit: 9 })).toEqual(['a ', 'a/b', 'b'])
      expect(await suite.keys(partition, { prefix: '', to: 'a\u0001', limit: 9 })).toEqual(['a'])
    })

    it('moves the start back to the greatest key up to from, with floor', async () => {
      const partition = await numbered()
      const read = { prefix: 'm/', floor: true, limit: 2 }
      expect(await suite.keys(partition, { ...read, from: 'm/4' })).toEqual(['m/3', 'm/5'])
      expect(await suite.keys(partition, { ...read, from: 'm/5' })).toEqual(['m/5', 'm/7'])
      expect(await suite.keys(partition, { ...read, from: 'm/9' })).toEqual(['m/7'])
    })

    it('starts at from when floor finds nothing under the prefix', async () => {
      const partition = await numbered()
      expect(await suite.keys(partition, { prefix: 'm/', from: 'm/0', floor: true, limit: 1 })).toEqual(['m/1'])
      expect(await suite.keys(partition, { prefix: 'm/', from: 'a', floor: true, limit: 1 })).toEqual(['m/1'])
    })

    it('finds the last key under the prefix when floor looks down from beyond it', async () => {
      const partition = await numbered()
      expect(await suite.keys(partition, { prefix: 'm/', from: 'z', floor: true, limit: 2 })).toEqual(['m/7'])
      expect(await suite.keys(partition, { prefix: 'm/', from: 'z', to: 'm/5', floor: true, limit: 2 })).toEqual([])
    })

    it('ends a descending range at the floor', async () => {
      const partition = await numbered()
      const read = { prefix: 'm/', from: 'm/4', to: 'm/7', floor: true, reverse: true, limit: 9 }
      expect(await suite.keys(partition, read)).toEqual(['m/5', 'm/3'])
    })

    it('says whether the limit cut the read', async () => {
      const partition = await numbered()
      const { rows, more } = await suite.store.read(partition, [
        { prefix: 'm/', limit: 3 },
        { prefix: 'm/', limit: 4 },
        { prefix: 'm/', reverse: true, limit: 1 },
      ])
      expect(rows.map((list) => list.length)).toEqual([3, 4, 1])
      expect(more).toEqual([true, false, true])
    })

    it('stops before maxBytes of values is passed, but never before the first row', async () => {
      const partition = suite.partition()
      const ops = ['1', '2', '3', '4'].map((key) => ({ put: `m/${key}`, value: randomBytes(1000) }))
      await suite.commit(partition, { ops })
      const { rows, more } = await suite.store.read(partition, [
        { prefix: 'm/', limit: 9, maxBytes: 2500 },
        { prefix: 'm/', limit: 9, maxBytes: 10 },
        { prefix: 'm/', limit: 9, maxBytes: 2500, reverse: true },
        { prefix: 'm/', limit: 9, maxBytes: 9000 },
      ])
      expect(rows.map((list) => list.map((row) => row.key).join())).toEqual([
        'm/1,m/2',
        'm/1',
        'm/4,m/3',
        'm/1,m/2,m/3,m/4',
      ])
      expect(more).toEqual([true, true, true, false])
    })
  })
}
