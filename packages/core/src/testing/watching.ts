import { describe, expect, it } from 'vitest'
import type { Partition, Store } from '../contract/store.ts'
import { type Suite, text } from './suite.ts'

export function watchingTopic(suite: Suite): void {
  /** Reads after each wake-up until the row reads as wanted, as a real reader does. */
  async function wokenBy(
    change: () => Promise<unknown>,
    seen: (partition: Partition) => Promise<boolean>,
    partitions: Partition[],
    store: Store = suite.store,
  ): Promise<Partition[]> {
    const ending = new AbortController()
    const woken: Partition[] = []
    const iterator = store.watch(partitions, ending.signal)[Symbol.asyncIterator]()
    let next = iterator.next()
    await change()
    for (;;) {
      const { done, value } = await next
      if (done) break
      woken.push(value)
      next = iterator.next()
      if (await seen(value)) ending.abort()
    }
    return woken
  }

  const reads = (key: string, wanted: string) => async (partition: Partition) =>
    text((await suite.read(partition, { get: [key] }))[0]) === wanted

  describe('watching', () => {
    it('wakes a reader after a commit', async () => {
      const partition = suite.partition()
      await suite.put(partition, { a: 'old' })
      const woken = await wokenBy(() => suite.put(partition, { a: 'new' }), reads('a', 'new'), [partition])
      expect(woken).toContainEqual(partition)
    })

    it('wakes for a partition that did not exist', async () => {
      const partition = suite.partition()
      expect(await wokenBy(() => suite.put(partition, { a: '1' }), reads('a', '1'), [partition])).toContainEqual(
        partition,
      )
    })

    it('wakes when a partition is dropped', async () => {
      const partition = suite.partition()
      await suite.put(partition, { a: '1' })
      const gone = async () => (await suite.store.read(partition, [])).rev === 0
      expect(await wokenBy(() => suite.store.drop(partition), gone, [partition])).toContainEqual(partition)
    })

    it('names only partitions that are watched', async () => {
      const tenant = suite.partition().tenant
      const [first, second, other] = ['1', '2', '3'].map((id) => suite.partition(id, tenant)) as [
        Partition,
        Partition,
        Partition,
      ]
      const change = async () => {
        await suite.put(other, { a: '1' })
        await suite.put(second, { a: '1' })
      }
      const woken = await wokenBy(change, reads('a', '1'), [first, second])
      expect(woken).toContainEqual(second)
      expect(woken).not.toContainEqual(other)
    })

    it('ends when its signal aborts, before or while it waits', async () => {
      const partition = suite.partition()
      const ending = new AbortController()
      const iterator = suite.store.watch([partition], ending.signal)[Symbol.asyncIterator]()
      const drained = (async () => {
        while (!(await iterator.next()).done);
        return 'ended'
      })()
      ending.abort()
      expect(await drained).toBe('ended')
      for await (const _ of suite.store.watch([partition], ending.signal)) throw new Error('woken after its end')
    })

    it('ends when the reader breaks off', async () => {
      const partition = suite.partition()
      const ending = new AbortController()
      const iterator = suite.store.watch([partition], ending.signal)[Symbol.asyncIterator]()
      const next = iterator.next()
      await suite.put(partition, { a: '1' })
      await next
      await iterator.return?.()
      expect(await iterator.next()).toMatchObject({ done: true })
      ending.abort()
    })

    if (suite.canReopen) {
      it('wakes for a commit through another handle', async () => {
        const partition = suite.partition()
        const other = await suite.reopen()
        const woken = await wokenBy(() => suite.put(partition, { a: '1' }), reads('a', '1'), [partition], other)
        expect(woken).toContainEqual(partition)
      })
    }
  })
}
