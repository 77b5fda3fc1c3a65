import { describe, expect, it } from 'vitest'
import { bytes, type Suite, text } from './suite.ts'

/** What only shows with a second handle on the database, as another process or another configuration would hold. */
export function handlesTopic(suite: Suite): void {
  describe('two handles', () => {
    it('read what the other wrote', async () => {
      const partition = suite.partition()
      const other = await suite.reopen()
      await suite.put(partition, { a: '1' })
      expect(await suite.texts(partition, other)).toEqual({ a: '1' })
      await suite.put(partition, { b: '2' }, other)
      expect(await suite.texts(partition)).toEqual({ a: '1', b: '2' })
    })

    it('agree when both start a partition at once', async () => {
      const stores = [suite.store, await suite.reopen(), await suite.reopen()]
      for (let round = 0; round < 5; round++) {
        const partition = suite.partition()
        await Promise.all(stores.map((store, at) => suite.put(partition, { [`k/${at}`]: `${at}` }, store)))
        for (const store of stores) {
          expect(await suite.texts(partition, store)).toEqual({ 'k/0': '0', 'k/1': '1', 'k/2': '2' })
        }
      }
    })

    it('go on after the other dropped the partition and made it again', async () => {
      const partition = suite.partition()
      const other = await suite.reopen()
      await suite.put(partition, { a: 'old' })
      expect(await suite.texts(partition, other)).toEqual({ a: 'old' })
      await suite.store.drop(partition)
      suite.clock.advance(1)
      await suite.put(partition, { a: 'new' })
      expect(await suite.texts(partition, other)).toEqual({ a: 'new' })
      await suite.store.drop(partition)
      suite.clock.advance(1)
      await suite.put(partition, { b: 'by other' }, other)
      expect(await suite.texts(partition)).toEqual({ b: 'by other' })
    })

    it('go on after the other deleted everything', async () => {
      const partition = suite.partition()
      const other = await suite.reopen()
      await suite.put(partition, { a: 'old' })
      await suite.put(partition, { b: 'old' }, other)
      await suite.commit(partition, { ops: [{ delPrefix: '' }] })
      await suite.put(partition, { c: 'new' }, other)
      expect(await suite.texts(partition)).toEqual({ c: 'new' })
    })

    it('show a conflict with rows that the other wrote', async () => {
      const partition = suite.partition()
      const other = await suite.reopen()
      await suite.put(partition, { a: 'by the first' })
      const outcome = await suite.commit(partition, { expect: [{ key: 'a', rev: 0 }] }, other)
      expect(outcome).toMatchObject({ ok: false, failed: 'expect', rows: [{ key: 'a', value: bytes('by the first') }] })
    })

    it('fence each other', async () => {
      const partition = suite.partition()
      const other = await suite.reopen()
      await suite.put(partition, { lease: 'mine' })
      const outcome = await suite.commit(partition, { fence: { key: 'lease', rev: 1 } }, other)
      expect(outcome).toMatchObject({ ok: false, failed: 'fence', rows: [{ key: 'lease', value: bytes('mine') }] })
    })

    it('answer a commit as repeated, whichever it was sent through', async () => {
      const partition = suite.partition()
      const other = await suite.reopen()
      const commit = { id: 'the same', ops: [{ put: 'a', value: bytes('1') }] }
      const first = await suite.store.commit(partition, commit)
      expect(await other.commit(partition, commit)).toMatchObject({ rev: first.ok && first.rev, repeated: true })
      await suite.put(partition, { b: '2' }, other)
      expect(await suite.texts(partition)).toEqual({ a: '1', b: '2' })
    })

    it('find each other’s index entries and values', async () => {
      const partition = suite.partition()
      const other = await suite.reopen()
      await suite.commit(partition, { index: [{ index: 'user/u', sort: '1', value: bytes('card') }] })
      const { rows } = await other.query(partition.tenant, { index: 'user/u', limit: 5 })
      expect(rows.map((hit) => [hit.partition, hit.sort, text(hit)])).toEqual([[partition, '1', 'card']])
    })
  })
}
