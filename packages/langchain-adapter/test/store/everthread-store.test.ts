import { EverthreadError } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import type { Operation } from '@langchain/langgraph-checkpoint'
import { describe, expect, it } from 'vitest'
import { EverthreadStore, type EverthreadStoreOptions, type IndexedItem, type VectorIndex } from '../../src/index.ts'

const HOUR = 3_600_000

/** Texts are points: `"1,0"`. */
const points = {
  embedQuery: async (text: string) => text.split(',').map(Number),
  embedDocuments: async (texts: string[]) => texts.map((text) => text.split(',').map(Number)),
}
const index = { dims: 2, embeddings: points, fields: ['at'] }

function scene(options: Partial<EverthreadStoreOptions> = {}) {
  let now = Date.UTC(2026, 0, 1)
  const store = memoryStore({ clock: () => now })
  const memory = new EverthreadStore({ store, ...options })
  return { store, memory, pass: (ms: number) => (now += ms) }
}

const codeOf = (work: () => unknown): Promise<string> =>
  Promise.resolve()
    .then(work)
    .then(
      () => 'nothing',
      (error) => (EverthreadError.isInstance(error) ? error.code : String(error)),
    )

describe('EverthreadStore', () => {
  it('gives values back that JSON cannot hold', async () => {
    const { memory } = scene()
    const value = { at: new Date(5), tags: new Set(['a']), by: new Map([[1, 2n]]) }
    await memory.put(['notes'], 'a', value)
    expect((await memory.get(['notes'], 'a'))?.value).toEqual(value)
  })

  it('stores a value as it was when it was given', async () => {
    const { memory } = scene()
    const value = { n: 1 }
    const put = memory.put(['notes'], 'a', value)
    value.n = 2
    await put
    const item = await memory.get(['notes'], 'a')
    expect(item?.value).toEqual({ n: 1 })
  })

  it('keeps tenants apart', async () => {
    const { store, memory } = scene()
    await memory.put(['notes'], 'a', { n: 1 })
    const other = new EverthreadStore({ store, tenant: 'other' })
    expect([await other.get(['notes'], 'a'), await other.search([]), await other.listNamespaces()]).toEqual([
      null,
      [],
      [],
    ])
  })

  it('deletes all at and under a namespace, and no neighbour', async () => {
    const { memory } = scene()
    for (const namespace of [['a'], ['a', 'b'], ['a-b'], ['ab']]) await memory.put(namespace, 'k', { n: 1 })
    await memory.deleteNamespace(['a'])
    expect(await memory.listNamespaces()).toEqual([['a-b'], ['ab']])
  })

  it('puts more at once than one commit takes', async () => {
    const { memory } = scene()
    const puts: Operation[] = Array.from({ length: 6_000 }, (_, i) => ({
      namespace: ['many'],
      key: `k${i}`,
      value: { i },
    }))
    await memory.batch(puts)
    await memory.batch([
      { namespace: ['large'], key: 'a', value: { text: 'x'.repeat(3e6) } },
      { namespace: ['large'], key: 'b', value: { text: 'y'.repeat(3e6) } },
    ])
    expect(await memory.search(['many'], { limit: 10_000 })).toHaveLength(6_000)
    expect(await memory.search(['large'])).toHaveLength(2)
  })
})

describe('items with a time to live', () => {
  it('are gone with their namespace when it is over', async () => {
    const { memory, pass } = scene({ ttl: { defaultMs: HOUR } })
    await memory.put(['notes'], 'a', { n: 1 })
    await memory.put(['notes'], 'b', { n: 2 }, undefined, { ttlMs: 2 * HOUR })
    pass(HOUR + 1)
    expect((await memory.search(['notes'])).map(({ key }) => key)).toEqual(['b'])
    pass(4 * HOUR)
    expect(await memory.listNamespaces()).toEqual([])
  })

  it('leave those alone that live for ever', async () => {
    const { memory, pass } = scene()
    await memory.put(['notes'], 'a', { n: 1 }, undefined, { ttlMs: HOUR })
    await memory.put(['notes'], 'b', { n: 2 })
    await memory.put(['notes'], 'c', { n: 3 }, undefined, { ttlMs: HOUR })
    pass(1_000 * HOUR)
    expect((await memory.search(['notes'])).map(({ key }) => key)).toEqual(['b'])
  })

  it('live on while they are read, if so wished', async () => {
    const { memory, pass } = scene({ ttl: { defaultMs: HOUR, refreshOnRead: true } })
    await memory.put(['notes'], 'a', { n: 1 })
    for (let i = 0; i < 10; i++) {
      pass(HOUR - 1)
      expect(await memory.get(['notes'], 'a')).not.toBeNull()
    }
    pass(HOUR + 1)
    expect(await memory.get(['notes'], 'a')).toBeNull()
  })
})

describe('a search by meaning', () => {
  const place = (at: string) => ({ at })

  it('gives the nearest first, then what has no vector', async () => {
    const { memory } = scene({ index })
    await memory.put(['p'], 'far', place('-1,0'))
    await memory.put(['p'], 'near', place('1,0.1'))
    await memory.put(['p'], 'same', place('2,0'))
    await memory.put(['p'], 'none', place('0,1'), false)
    const found = await memory.search(['p'], { query: '1,0' })
    expect(found.map(({ key }) => key)).toEqual(['same', 'near', 'far', 'none'])
    expect(found[0]?.score).toBeCloseTo(1)
    expect(found[3]?.score).toBeUndefined()
  })

  it('counts the best of several vectors, by the paths of the put', async () => {
    const { memory } = scene({ index })
    await memory.put(['p'], 'a', { list: [{ at: '0,1' }, { at: '1,0' }] }, ['list[*].at'])
    await memory.put(['p'], 'b', { list: [{ at: '0,1' }, { at: '1,0' }] }, ['list[0].at'])
    const found = await memory.search(['p'], { query: '1,0' })
    expect(found.map(({ key, score }) => [key, Math.round(score ?? 9)])).toEqual([
      ['a', 1],
      ['b', 0],
    ])
  })

  it('forgets the vectors of what is put anew or deleted', async () => {
    const { memory } = scene({ index })
    await memory.put(['p'], 'a', place('1,0'))
    await memory.put(['p'], 'a', place('1,0'), false)
    expect((await memory.search(['p'], { query: '1,0' }))[0]?.score).toBeUndefined()
  })

  it('uses an index of the caller, whatever it remembers', async () => {
    const known = new Map<string, IndexedItem & { x: number }>()
    const name = ({ namespace, key }: IndexedItem) => JSON.stringify([namespace, key])
    const vectorIndex: VectorIndex = {
      async upsert(items) {
        for (const { namespace, key, vectors } of items)
          known.set(name({ namespace, key }), { namespace, key, x: vectors[0]?.[0] ?? 0 })
      },
      async remove() {},
      async search({ limit }) {
        const ranked = [...known.values()].sort((a, b) => b.x - a.x)
        return ranked.slice(0, limit).map(({ x, ...item }) => ({ ...item, score: x }))
      },
    }
    const { memory } = scene({ index, vectorIndex })
    for (let i = 0; i < 20; i++) await memory.put(['p'], `k${i}`, { at: `${i},0`, even: i % 2 === 0 })
    await memory.delete(['p'], 'k18')
    const found = await memory.search(['p'], { query: '1,0', filter: { even: true }, limit: 3, offset: 1 })
    expect(found.map(({ key }) => key)).toEqual(['k14', 'k12', 'k10'])
  })

  it('refuses embeddings of another size before anything is put', async () => {
    const { memory } = scene({ index: { ...index, dims: 3 } })
    expect(await codeOf(() => memory.put(['p'], 'a', place('1,0')))).toBe('EMBEDDING_INVALID')
    expect(await memory.get(['p'], 'a')).toBeNull()
  })
})

describe('bad input to EverthreadStore', () => {
  const { memory, store } = scene({ index })
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic

  it.each<[string, string, () => unknown]>([
    ['no namespace', 'NAMESPACE_INVALID', () => memory.put([], 'a', {})],
    ['a label with a period', 'NAMESPACE_INVALID', () => memory.put(['a.b'], 'a', {})],
    ['an empty label', 'NAMESPACE_INVALID', () => memory.get(['a', ''], 'a')],
    ['a reserved label', 'NAMESPACE_INVALID', () => memory.get(['langgraph'], 'a')],
    ['a prefix that is none', 'NAMESPACE_INVALID', () => memory.search('a' as never)],
    ['no key', 'ITEM_KEY_INVALID', () => memory.put(['a'], '', {})],
    ['a value that is no object', 'ITEM_INVALID', () => memory.put(['a'], 'a', [] as never)],
    ['a cyclic value', 'VALUE_CYCLIC', () => memory.put(['a'], 'a', cyclic)],
    ['a function', 'VALUE_UNSUPPORTED', () => memory.put(['a'], 'a', { f: () => 1 })],
    ['a time to live of nothing', 'TTL_INVALID', () => memory.put(['a'], 'a', {}, undefined, { ttlMs: 0 })],
    ['an unknown operator', 'QUERY_INVALID', () => memory.search(['a'], { filter: { n: { $like: 1 } } })],
    ['an operator without its list', 'QUERY_INVALID', () => memory.search(['a'], { filter: { n: { $in: 1 } } })],
    ['a negative limit', 'QUERY_INVALID', () => memory.search(['a'], { limit: -1 })],
    ['a query that is no text', 'QUERY_INVALID', () => memory.search(['a'], { query: 5 as never })],
    ['a wrong depth', 'QUERY_INVALID', () => memory.listNamespaces({ maxDepth: 0 })],
    [
      'a wrong match',
      'QUERY_INVALID',
      () => memory.batch([{ matchConditions: [{ matchType: 'infix' as never, path: ['a'] }], limit: 1, offset: 0 }]),
    ],
    ['a path that is none', 'INDEX_INVALID', () => memory.put(['a'], 'a', {}, ['a..b'])],
    ['an unknown operation', 'OPERATION_INVALID', () => memory.batch([{} as never])],
    ['no options', 'OPTIONS_INVALID', () => new EverthreadStore(undefined as never)],
    ['an option that there is not', 'OPTIONS_INVALID', () => new EverthreadStore({ store, embeddings: {} } as never)],
    [
      'a time to live in the words of others',
      'OPTIONS_INVALID',
      () => new EverthreadStore({ store, ttl: { defaultTtl: 60 } as never }),
    ],
    [
      'an option of the index that there is not',
      'OPTIONS_INVALID',
      () => new EverthreadStore({ store, index: { ...index, field: ['at'] } as never }),
    ],
    ['no store', 'STORE_MISSING', () => new EverthreadStore({} as never)],
    ['an index without embeddings', 'INDEX_INVALID', () => new EverthreadStore({ store, index: { dims: 2 } as never })],
    ['an index without a size', 'INDEX_INVALID', () => new EverthreadStore({ store, index: { ...index, dims: 0 } })],
    [
      'an own index without embeddings',
      'INDEX_INVALID',
      () => new EverthreadStore({ store, vectorIndex: {} as never }),
    ],
  ])('is refused: %s', async (_, code, work) => {
    await memory.put(['known'], 'a', { n: 1 })
    expect(await codeOf(work)).toBe(code)
    expect(await memory.search([])).toHaveLength(1)
  })

  it('does nothing of a batch when one operation is wrong', async () => {
    const batch: Operation[] = [
      { namespace: ['fine'], key: 'a', value: { n: 1 } },
      { namespace: ['fine'], key: 'b', value: 5 as never },
    ]
    expect(await codeOf(() => memory.batch(batch))).toBe('ITEM_INVALID')
    expect(await memory.get(['fine'], 'a')).toBeNull()
  })
})
