import { describe, expect, it } from 'vitest'
import type { Partition, Store } from '../contract/store.ts'
import { bytes, revOf, type Suite, text } from './suite.ts'

const WRITERS = 8

export function concurrencyTopic(suite: Suite): void {
  /** One store for each writer: two handles in turns where the suite can open a second. */
  async function writers(): Promise<Store[]> {
    const other = suite.canReopen ? await suite.reopen() : suite.store
    return Array.from({ length: WRITERS }, (_, at) => (at % 2 === 0 ? suite.store : other))
  }

  async function increment(partition: Partition, store: Store): Promise<void> {
    let [row] = await suite.read(partition, { get: ['counter'] }, store)
    for (;;) {
      const value = bytes(String(Number(text(row)) + 1))
      const expected = [{ key: 'counter', rev: row?.rev ?? 0 }]
      const outcome = await suite.commit(partition, { expect: expected, ops: [{ put: 'counter', value }] }, store)
      if (outcome.ok) return
      row = outcome.rows[0]
    }
  }

  describe('concurrency', () => {
    it('lets exactly one of many commits with the same expectation win', async () => {
      const partition = suite.partition()
      const stores = await writers()
      const outcomes = await Promise.all(
        stores.map((store, at) =>
          suite.commit(
            partition,
            { expect: [{ key: 'a', rev: 0 }], ops: [{ put: 'a', value: bytes(`${at}`) }] },
            store,
          ),
        ),
      )
      expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1)
      const winner = outcomes.findIndex((outcome) => outcome.ok)
      expect(await suite.texts(partition)).toEqual({ a: String(winner) })
      for (const lost of outcomes.filter((outcome) => !outcome.ok)) {
        expect(lost).toMatchObject({ failed: 'expect', rows: [{ key: 'a', value: bytes(`${winner}`) }] })
      }
    })

    it('lets all commits without expectations through, each with a revision of its own', async () => {
      const partition = suite.partition()
      const stores = await writers()
      const revs = await Promise.all(stores.map((store, at) => suite.put(partition, { [`k/${at}`]: `${at}` }, store)))
      expect(new Set(revs).size).toBe(WRITERS)
      expect(Object.keys(await suite.texts(partition))).toHaveLength(WRITERS)
    })

    it('loses no increment of a counter kept by compare and set', async () => {
      const partition = suite.partition()
      await Promise.all(
        (await writers()).map(async (store) => {
          for (let step = 0; step < 10; step++) await increment(partition, store)
        }),
      )
      expect(await suite.texts(partition)).toEqual({ counter: String(WRITERS * 10) })
    })

    it('never shows half of a commit', async () => {
      const partition = suite.partition()
      const [writer, reader] = (await writers()) as [Store, Store]
      let writing = true
      const writes = (async () => {
        for (let at = 0; at < 40; at++) await suite.put(partition, { a: `${at}`, 'z/1': `${at}` }, writer)
        writing = false
      })()
      while (writing) {
        const { rows } = await reader.read(partition, [{ get: ['a'] }, { prefix: 'z/', limit: 1 }])
        expect(text(rows[1]?.[0])).toBe(text(rows[0]?.[0]))
      }
      await writes
    })

    it('gives a lease to one of many that ask at once', async () => {
      const partition = suite.partition()
      const lease = {
        expect: [{ key: 'lease', rev: 0 }],
        ops: [{ put: 'lease', value: bytes(''), ttlMs: 60_000 }],
      }
      const outcomes = await Promise.all((await writers()).map((store) => suite.commit(partition, lease, store)))
      const token = revOf(outcomes.find((outcome) => outcome.ok) as (typeof outcomes)[number])
      expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1)
      expect(await suite.commit(partition, { fence: { key: 'lease', rev: token } })).toMatchObject({ ok: true })
    })
  })
}
