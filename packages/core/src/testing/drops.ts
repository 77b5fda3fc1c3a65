import { describe, expect, it } from 'vitest'
import { bytes, revOf, type Suite } from './suite.ts'

export function dropsTopic(suite: Suite): void {
  describe('dropping', () => {
    it('removes every row and the expiry', async () => {
      const partition = suite.partition()
      await suite.commit(partition, {
        ops: [
          { put: 'a', value: bytes('1') },
          { put: 'b/c', value: bytes('2'), ttlMs: 1000 },
        ],
        expiry: { expiresInMs: 1000, removeInMs: 2000 },
      })
      await suite.store.drop(partition)
      expect(await suite.store.read(partition, [{ prefix: '', limit: 9 }])).toEqual({
        now: suite.clock.read(),
        rev: 0,
        rows: [[]],
        more: [false],
      })
    })

    it('does no harm when there is nothing, or twice', async () => {
      const partition = suite.partition()
      await suite.store.drop(partition)
      await suite.put(partition, { a: '1' })
      await suite.store.drop(partition)
      await suite.store.drop(partition)
      expect(await suite.texts(partition)).toEqual({})
    })

    it('never repeats a revision when the partition is made again', async () => {
      const partition = suite.partition()
      let last = 0
      for (let round = 0; round < 5; round++) {
        for (let commit = 0; commit < 4; commit++) {
          const rev = await suite.put(partition, { a: String(commit) })
          expect(rev).toBeGreaterThan(last)
          last = rev
        }
        await suite.store.drop(partition)
        suite.clock.advance(1)
      }
    })

    it('fences a holder whose partition was dropped and made again', async () => {
      const partition = suite.partition()
      const lease = { ops: [{ put: 'lease', value: bytes('holder'), ttlMs: 60_000 }] }
      const rev = revOf(await suite.commit(partition, lease))
      await suite.store.drop(partition)
      suite.clock.advance(1)
      await suite.commit(partition, lease)
      expect(await suite.commit(partition, { fence: { key: 'lease', rev } })).toMatchObject({
        ok: false,
        failed: 'fence',
      })
    })
  })
}
