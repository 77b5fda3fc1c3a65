import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bytes, revOf, type Suite } from './suite.ts'

export function retriesTopic(suite: Suite): void {
  const putting = (key: string, value: string) => ({ id: randomUUID(), ops: [{ put: key, value: bytes(value) }] })

  describe('retries', () => {
    it('answers a repeated commit as the first time, and does nothing', async () => {
      const partition = suite.partition()
      const commit = putting('a', 'first')
      const rev = revOf(await suite.store.commit(partition, commit))
      const last = await suite.put(partition, { a: 'second' })
      expect(await suite.store.commit(partition, commit)).toMatchObject({ ok: true, rev, repeated: true })
      expect(await suite.texts(partition)).toEqual({ a: 'second' })
      expect((await suite.store.read(partition, [])).rev).toBe(last)
    })

    it('remembers a commit through 63 others', async () => {
      const partition = suite.partition()
      const commit = putting('a', 'first')
      const rev = revOf(await suite.store.commit(partition, commit))
      for (let other = 0; other < 63; other++) await suite.put(partition, { b: String(other) })
      expect(await suite.store.commit(partition, commit)).toMatchObject({ ok: true, rev, repeated: true })
    })

    it('remembers a commit through 63 others that name what they know, and no more than it must through 200', async () => {
      const partition = suite.partition()
      const commit = putting('a', 'first')
      let known = revOf(await suite.store.commit(partition, commit))
      const first = known
      const others = async (count: number): Promise<void> => {
        for (let other = 0; other < count; other++) {
          const outcome = await suite.commit(partition, { ...putting('b', String(other)), known })
          expect(outcome).toMatchObject({ ok: true, repeated: false })
          known = revOf(outcome)
        }
      }
      await others(63)
      expect(await suite.store.commit(partition, { ...commit, known })).toMatchObject({ rev: first, repeated: true })
      await others(200)
      expect(await suite.texts(partition)).toEqual({ a: 'first', b: '199' })
      const last = { ...putting('c', '1'), known }
      const rev = revOf(await suite.store.commit(partition, last))
      expect(await suite.store.commit(partition, last)).toMatchObject({ rev, repeated: true })
    })

    it('answers a known commit before it judges its fence and its expectations', async () => {
      const partition = suite.partition()
      const lease = revOf(await suite.commit(partition, { ops: [{ put: 'lease', value: bytes(''), ttlMs: 1000 }] }))
      const commit = { ...putting('a', '1'), expect: [{ key: 'a', rev: 0 }], fence: { key: 'lease', rev: lease } }
      const rev = revOf(await suite.store.commit(partition, commit))
      suite.clock.advance(1000)
      expect(await suite.store.commit(partition, commit)).toMatchObject({ ok: true, rev, repeated: true })
    })

    it('does not remember a refused commit', async () => {
      const partition = suite.partition()
      const commit = { ...putting('b', '1'), expect: [{ key: 'a', rev: 0 }] }
      await suite.put(partition, { a: '1' })
      expect(await suite.store.commit(partition, commit)).toMatchObject({ ok: false })
      await suite.commit(partition, { ops: [{ del: 'a' }] })
      expect(await suite.store.commit(partition, commit)).toMatchObject({ ok: true, repeated: false })
    })

    it('does a commit that arrives several times at once a single time', async () => {
      const partition = suite.partition()
      const commit = { ...putting('a', '1'), expect: [{ key: 'a', rev: 0 }] }
      const outcomes = await Promise.all(Array.from({ length: 5 }, () => suite.store.commit(partition, commit)))
      expect(new Set(outcomes.map(revOf)).size).toBe(1)
      expect(outcomes.filter((outcome) => outcome.ok && !outcome.repeated)).toHaveLength(1)
    })

    it('knows a commit id only in its partition', async () => {
      const commit = putting('a', '1')
      const tenant = suite.partition().tenant
      for (const id of ['p', 'q']) {
        expect(await suite.store.commit(suite.partition(id, tenant), commit)).toMatchObject({ repeated: false })
      }
    })
  })
}
