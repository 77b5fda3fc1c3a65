import { describe, expect, it } from 'vitest'
import type { IndexHit, IndexQuery } from '../contract/store.ts'
import { bytes, freshTenant, type Suite, text } from './suite.ts'

export function indexesTopic(suite: Suite): void {
  /** Follows the cursors to the end. */
  async function all(tenant: string, query: Omit<IndexQuery, 'limit'> & { limit?: number }): Promise<IndexHit[]> {
    const hits: IndexHit[] = []
    let cursor: string | undefined
    let pages = 0
    do {
      expect(pages++, 'pages without an end').toBeLessThan(100)
      const page = await suite.store.query(tenant, { limit: 100, ...query, ...(cursor ? { cursor } : {}) })
      expect(page.rows.length).toBeLessThanOrEqual(query.limit ?? 100)
      hits.push(...page.rows)
      cursor = page.cursor
    } while (cursor !== undefined)
    return hits
  }
  const names = async (tenant: string, query: Parameters<typeof all>[1]): Promise<string[]> =>
    (await all(tenant, query)).map((hit) => `${hit.sort} ${hit.partition.id}`)

  async function indexed(sorts: Record<string, string[]>): Promise<string> {
    const tenant = freshTenant()
    for (const [id, list] of Object.entries(sorts)) {
      await suite.commit(suite.partition(id, tenant), { index: list.map((sort) => ({ index: 'all', sort })) })
    }
    return tenant
  }

  describe('indexes', () => {
    it('finds partitions in the order of their sorts, then of their ids', async () => {
      const tenant = await indexed({ c: ['2'], b: ['1', '3'], a: ['2'] })
      expect(await names(tenant, { index: 'all' })).toEqual(['1 b', '2 a', '2 c', '3 b'])
      expect(await names(tenant, { index: 'all', reverse: true })).toEqual(['3 b', '2 c', '2 a', '1 b'])
    })

    it('orders sorts and ids bytewise', async () => {
      const sorts = ['A', 'a', 'a!', 'a1', '\u00e9', '\uffee', '\u{1f600}']
      const tenant = await indexed({ '\u{1f600}': ['x'], '\uffee': ['x', ...sorts] })
      expect(await names(tenant, { index: 'all', to: 'x' })).toEqual(sorts.slice(0, 4).map((sort) => `${sort} \uffee`))
      expect(await names(tenant, { index: 'all', from: 'x' })).toEqual([
        'x \uffee',
        'x \u{1f600}',
        '\u00e9 \uffee',
        '\uffee \uffee',
        '\u{1f600} \uffee',
      ])
    })

    it('starts at from, inclusive, and ends before to, both ways', async () => {
      const tenant = await indexed({ a: ['1'], b: ['2'], c: ['2/5'], d: ['3'] })
      expect(await names(tenant, { index: 'all', from: '2', to: '3' })).toEqual(['2 b', '2/5 c'])
      expect(await names(tenant, { index: 'all', from: '2', to: '3', reverse: true })).toEqual(['2/5 c', '2 b'])
      expect(await names(tenant, { index: 'all', from: '3', to: '1' })).toEqual([])
    })

    it('gives every hit once when paged through, both ways and within bounds', async () => {
      const ids = Array.from({ length: 12 }, (_, at) => `p${String(at).padStart(2, '0')}`)
      const tenant = await indexed(Object.fromEntries(ids.map((id, at) => [id, [String(Math.floor(at / 5))]])))
      const whole = await names(tenant, { index: 'all' })
      expect(whole).toHaveLength(12)
      for (const limit of [1, 3, 4, 12]) {
        expect(await names(tenant, { index: 'all', limit })).toEqual(whole)
        expect(await names(tenant, { index: 'all', limit, reverse: true })).toEqual([...whole].reverse())
        expect(await names(tenant, { index: 'all', limit, from: '1', to: '2' })).toEqual(whole.slice(5, 10))
        const query = { index: 'all', limit, from: '1', to: '2', reverse: true }
        expect(await names(tenant, query)).toEqual(whole.slice(5, 10).reverse())
      }
    })

    it('resumes a page after its last hit even if that is gone', async () => {
      const tenant = await indexed({ a: ['1'], b: ['2'], c: ['3'] })
      const page = await suite.store.query(tenant, { index: 'all', limit: 2 })
      await suite.store.drop({ tenant, id: 'b' })
      const next = await suite.store.query(tenant, { index: 'all', limit: 2, cursor: page.cursor as string })
      expect(next.rows.map((hit) => hit.partition.id)).toEqual(['c'])
    })

    it('gives back the values of its entries', async () => {
      const partition = suite.partition()
      await suite.commit(partition, {
        index: [
          { index: 'all', sort: '1', value: bytes('card') },
          { index: 'all', sort: '2' },
          { index: 'all', sort: '3', value: new Uint8Array() },
        ],
      })
      const hits = await all(partition.tenant, { index: 'all' })
      expect(hits.map((hit) => hit.value && text(hit))).toEqual(['card', undefined, ''])
      expect(hits[0]?.partition).toEqual(partition)
    })

    it('replaces a partition’s entries as a whole', async () => {
      const partition = suite.partition('p')
      await suite.commit(partition, {
        index: [
          { index: 'all', sort: '1' },
          { index: 'all', sort: '2', value: bytes('old') },
          { index: 'user/u', sort: '1' },
        ],
      })
      await suite.commit(partition, {
        index: [
          { index: 'all', sort: '2', value: bytes('new') },
          { index: 'all', sort: '3' },
        ],
      })
      expect(await names(partition.tenant, { index: 'all' })).toEqual(['2 p', '3 p'])
      expect((await all(partition.tenant, { index: 'all' })).map(text)).toEqual(['new', ''])
      expect(await names(partition.tenant, { index: 'user/u' })).toEqual([])
    })

    it('keeps the entries when a commit names none, and removes all with an empty list', async () => {
      const partition = suite.partition('p')
      await suite.commit(partition, { index: [{ index: 'all', sort: '1' }] })
      await suite.put(partition, { a: '1' })
      expect(await names(partition.tenant, { index: 'all' })).toEqual(['1 p'])
      await suite.commit(partition, { index: [] })
      expect(await names(partition.tenant, { index: 'all' })).toEqual([])
    })

    it('changes nothing by a refused commit', async () => {
      const partition = suite.partition('p')
      await suite.commit(partition, { index: [{ index: 'all', sort: '1' }] })
      await suite.commit(partition, { expect: [{ key: 'a', rev: 7 }], index: [{ index: 'all', sort: '2' }] })
      expect(await names(partition.tenant, { index: 'all' })).toEqual(['1 p'])
    })

    it('knows nothing of other tenants and other indexes', async () => {
      const tenant = freshTenant()
      const partition = suite.partition('p', tenant)
      for (const index of ['user/a', 'user/a/b', 'USER/A', 'user/%']) {
        await suite.commit(suite.partition(index, tenant), { index: [{ index, sort: '1' }] })
      }
      expect(await names(tenant, { index: 'user/a' })).toEqual(['1 user/a'])
      expect(await names(tenant, { index: 'user/%' })).toEqual(['1 user/%'])
      expect(await names(tenant, { index: 'user' })).toEqual([])
      expect(await names(`${partition.tenant}2`, { index: 'user/a' })).toEqual([])
    })

    it('still finds a partition that expired, and none that is removed', async () => {
      const partition = suite.partition('p')
      await suite.commit(partition, {
        index: [{ index: 'all', sort: '1' }],
        expiry: { expiresInMs: 1000, removeInMs: 2000 },
      })
      suite.clock.advance(1999)
      expect(await names(partition.tenant, { index: 'all' })).toEqual(['1 p'])
      suite.clock.advance(1)
      expect(await names(partition.tenant, { index: 'all' })).toEqual([])
    })

    it('never finds a dropped partition, nor its old entries once it is made again', async () => {
      const tenant = await indexed({ a: ['1'], b: ['2'] })
      await suite.store.drop({ tenant, id: 'a' })
      expect(await names(tenant, { index: 'all' })).toEqual(['2 b'])
      suite.clock.advance(1)
      await suite.commit({ tenant, id: 'a' }, { index: [{ index: 'all', sort: '3' }] })
      expect(await names(tenant, { index: 'all' })).toEqual(['2 b', '3 a'])
    })

    it('refuses a cursor that it did not make', async () => {
      const query = suite.store.query(freshTenant(), { index: 'all', limit: 1, cursor: 'not a cursor' })
      await expect(query).rejects.toMatchObject({ code: 'CURSOR_INVALID' })
    })
  })
}
