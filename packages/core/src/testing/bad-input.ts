import { describe, expect, it } from 'vitest'
import { LIMITS } from '../contract/limits.ts'
import type { Commit, IndexQuery, Partition, Read } from '../contract/store.ts'
import { bytes, freshTenant, type Suite } from './suite.ts'

const value = bytes('x')
const long = 'é'.repeat(513)

const TEXTS: Record<string, unknown> = {
  'is empty': '',
  'is no string': 7,
  'holds a NUL': 'a\0b',
  'holds a control character': 'a\nb',
  'holds half of a surrogate pair': 'a\ud800b',
  'is over 1,024 bytes': long,
  'is 10 KB': 'x'.repeat(10_240),
  'is __proto__': '__proto__',
}
const KEYS: Record<string, unknown> = {
  'is empty': '',
  'is no string': null,
  'holds a NUL': 'a\0b',
  'holds a control character': 'a\u007f',
  'holds half of a surrogate pair': '\udc00',
  'is over 1,024 bytes': long,
  'starts with ~': '~key',
  'starts with /': '/a',
  'ends in /': 'a/',
  'has an empty segment': 'a//b',
}
const READS: Record<string, unknown> = {
  'is no list': { get: ['a'] },
  'is null': [null],
  'has no limit': [{ prefix: 'a/' }],
  'has a limit of 0': [{ prefix: 'a/', limit: 0 }],
  'has half a limit': [{ prefix: 'a/', limit: 1.5 }],
  'has no room for a byte': [{ prefix: 'a/', limit: 1, maxBytes: 0 }],
  'is below itself': [{ prefix: 'a/', below: 0, limit: 1 }],
  'is below a later read': [{ prefix: 'a/', below: 1, limit: 1 }, { get: [] }],
  'is below a read of everything': [
    { prefix: '', limit: 1 },
    { prefix: 'a/', below: 0, limit: 1 },
  ],
  'has a floor without a from': [{ prefix: 'a/', floor: true, limit: 1 }],
  'has a floor without a prefix': [{ prefix: '', from: 'a', floor: true, limit: 1 }],
  'has a bound that is no string': [{ prefix: 'a/', from: 1, limit: 1 }],
  'gets no list': [{ get: 'a' }],
}
const COMMITS: Record<string, unknown> = {
  'is null': null,
  'has no id': { ops: [] },
  'has an empty id': { id: '', ops: [] },
  'has an id over 256 bytes': { id: 'x'.repeat(257), ops: [] },
  'has no ops': { id: '1' },
  'has an unknown op': { id: '1', ops: [{ increment: 'a' }] },
  'knows half a revision': { id: '1', ops: [], known: 0.5 },
  'puts a string': { id: '1', ops: [{ put: 'a', value: 'text' }] },
  'puts for no time': { id: '1', ops: [{ put: 'a', value, ttlMs: 0 }] },
  'puts for an endless time': { id: '1', ops: [{ put: 'a', value, ttlMs: Number.POSITIVE_INFINITY }] },
  'touches without a time': { id: '1', ops: [{ touch: 'a' }] },
  'expects half a revision': { id: '1', ops: [], expect: [{ key: 'a', rev: 0.5 }] },
  'expects a revision below 0': { id: '1', ops: [], expect: [{ key: 'a', rev: -1 }] },
  'expects a first key of all': { id: '1', ops: [], expect: [{ prefix: '', first: null }] },
  'fences without a revision': { id: '1', ops: [], fence: { key: 'a' } },
  'expires never': { id: '1', ops: [], expiry: { expiresInMs: Number.NaN, removeInMs: 5 } },
  'is removed before it expires': { id: '1', ops: [], expiry: { expiresInMs: 5, removeInMs: 4 } },
  'has an index without a name': { id: '1', ops: [], index: [{ index: '', sort: '1' }] },
  'has an index without a sort': { id: '1', ops: [], index: [{ index: 'all' }] },
  'has an index value that is no bytes': { id: '1', ops: [], index: [{ index: 'all', sort: '1', value: 'x' }] },
  'has an index entry twice': {
    id: '1',
    ops: [],
    index: [
      { index: 'all', sort: '1' },
      { index: 'all', sort: '1' },
    ],
  },
}
const QUERIES: Record<string, unknown> = {
  'has no index': { limit: 1 },
  'has no limit': { index: 'all' },
  'has a limit of 0': { index: 'all', limit: 0 },
  'has a bound that is no string': { index: 'all', limit: 1, from: 5 },
  'has an empty cursor': { index: 'all', limit: 1, cursor: '' },
}

export function badInputTopic(suite: Suite): void {
  const refusal = (code: string) => expect.objectContaining({ name: 'EverthreadError', code })
  const put = (key: unknown): Commit => ({ id: '1', ops: [{ put: key as string, value }] })

  describe('bad input', () => {
    for (const [what, bad] of Object.entries(TEXTS)) {
      it(`refuses a tenant and an id that ${what}`, async () => {
        const tenant = bad as string
        await expect(suite.store.read({ tenant, id: 'a' }, [])).rejects.toEqual(refusal('TENANT_INVALID'))
        await expect(suite.store.query(tenant, { index: 'a', limit: 1 })).rejects.toEqual(refusal('TENANT_INVALID'))
        const partition = { tenant: freshTenant(), id: bad as string }
        await expect(suite.store.commit(partition, put('a'))).rejects.toEqual(refusal('ID_INVALID'))
        await expect(suite.store.drop(partition)).rejects.toEqual(refusal('ID_INVALID'))
      })
    }

    for (const [what, bad] of Object.entries(KEYS)) {
      it(`refuses a key that ${what}, and does nothing`, async () => {
        const partition = suite.partition()
        const key = bad as string
        const commits: Partial<Commit>[] = [
          { ops: [{ put: 'good', value }, ...put(key).ops] },
          { ops: [{ del: key }] },
          { ops: [{ touch: key, ttlMs: 1 }] },
          { expect: [{ key, rev: 0 }] },
          { fence: { key, rev: 0 } },
        ]
        for (const commit of commits) {
          await expect(suite.commit(partition, commit)).rejects.toEqual(refusal('KEY_INVALID'))
        }
        await expect(suite.store.read(partition, [{ get: [key] }])).rejects.toEqual(refusal('KEY_INVALID'))
        expect((await suite.store.read(partition, [])).rev).toBe(0)
      })
    }

    it('refuses a prefix in the store’s own rows', async () => {
      const partition = suite.partition()
      await expect(suite.store.read(partition, [{ prefix: '~', limit: 1 }])).rejects.toEqual(refusal('KEY_INVALID'))
      await expect(suite.commit(partition, { ops: [{ delPrefix: '~k' }] })).rejects.toEqual(refusal('KEY_INVALID'))
    })

    for (const [what, bad] of Object.entries(READS)) {
      it(`refuses a read that ${what}`, async () => {
        const reading = suite.store.read(suite.partition(), bad as Read[])
        await expect(reading).rejects.toEqual(refusal('READ_INVALID'))
      })
    }

    it('refuses to read what is known of no revision', async () => {
      for (const known of [-1, 0.5, Number.NaN, '7' as unknown as number]) {
        const reading = suite.store.read(suite.partition(), [], known)
        await expect(reading).rejects.toEqual(refusal('READ_INVALID'))
      }
    })

    for (const [what, bad] of Object.entries(COMMITS)) {
      it(`refuses a commit that ${what}`, async () => {
        const committing = suite.store.commit(suite.partition(), bad as Commit)
        await expect(committing).rejects.toEqual(refusal('COMMIT_INVALID'))
        await expect(committing).rejects.toMatchObject({ committed: 'no' })
      })
    }

    for (const [what, bad] of Object.entries(QUERIES)) {
      it(`refuses a query that ${what}`, async () => {
        const querying = suite.store.query(freshTenant(), bad as IndexQuery)
        await expect(querying).rejects.toEqual(refusal('QUERY_INVALID'))
      })
    }

    it('refuses to watch without a signal', () => {
      const watching = () => suite.store.watch([suite.partition()], undefined as unknown as AbortSignal)
      expect(watching).toThrow(refusal('WATCH_INVALID'))
    })
  })

  describe('limits', () => {
    it('takes a key and an id of exactly 1,024 bytes', async () => {
      const partition = suite.partition('é'.repeat(512))
      const key = `k/${'é'.repeat(511)}`
      await suite.put(partition, { [key]: 'kept' })
      expect(await suite.texts(partition)).toEqual({ [key]: 'kept' })
    })

    const refusedWhole = async (partition: Partition, commit: Partial<Commit>) => {
      await expect(suite.commit(partition, commit)).rejects.toEqual(refusal('COMMIT_TOO_LARGE'))
      expect((await suite.store.read(partition, [])).rev).toBe(0)
    }

    it('refuses more ops than a commit may have', async () => {
      const ops = Array.from({ length: LIMITS.commitRows + 1 }, (_, at) => ({ put: `k/${at}`, value }))
      await refusedWhole(suite.partition(), { ops })
    })

    it('refuses more bytes than a commit may have', async () => {
      const noise = crypto.getRandomValues(new Uint8Array(65_536))
      const ops = Array.from({ length: LIMITS.commitBytes / 65_536 + 1 }, (_, at) => ({ put: `k/${at}`, value: noise }))
      await refusedWhole(suite.partition(), { ops })
    })
  })

  describe('closing', () => {
    it('refuses every call after it, and does no harm twice', async () => {
      const store = await suite.create()
      const partition = { tenant: freshTenant(), id: 'a' }
      await store.close()
      await store.close()
      await expect(store.read(partition, [])).rejects.toEqual(refusal('STORE_CLOSED'))
      await expect(store.commit(partition, put('a'))).rejects.toEqual(refusal('STORE_CLOSED'))
      await expect(store.drop(partition)).rejects.toEqual(refusal('STORE_CLOSED'))
      await expect(store.query('t', { index: 'a', limit: 1 })).rejects.toEqual(refusal('STORE_CLOSED'))
      expect(() => store.watch([partition], new AbortController().signal)).toThrow(refusal('STORE_CLOSED'))
    })

    it('ends what is being watched', async () => {
      const store = await suite.create()
      const iterator = store.watch([suite.partition()], new AbortController().signal)[Symbol.asyncIterator]()
      const drained = (async () => {
        while (!(await iterator.next()).done);
        return 'ended'
      })()
      await store.close()
      expect(await drained).toBe('ended')
    })
  })
}
