import { memoryStore } from '@everthread/core/memory'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ExpressSessionStore } from '../src/index.ts'
import { dataIn, load, storeWith, told } from './stored.ts'

type Draft = Record<string, unknown> & { n?: number; list?: number[] }

describe('update', () => {
  it('changes what the store has, and brings the session up to date', async () => {
    const store = await storeWith({ n: 1, other: 'a' })
    const [one, two] = [await load(store), await load(store)]
    Object.assign(two, { other: 'b' })
    await two.save()
    await one.update((draft: Draft) => {
      draft.n = (draft.n ?? 0) + 1
    })
    expect(await dataIn(store)).toEqual({ n: 2, other: 'b' })
    expect(one.n).toBe(2)
  })

  it('runs again when what it has looked at has changed, and not otherwise', async () => {
    const store = memoryStore()
    const [here, there] = [await storeWith({ n: 1, m: 1 }, store), new ExpressSessionStore({ store })]
    const [one, two] = [await load(here), await load(there)]
    let runs = 0
    await two.update((draft: Draft) => {
      draft.n = 10
    })
    await one.update((draft: Draft) => {
      runs++
      draft.n = (draft.n ?? 0) + 1
    })
    expect(runs).toBe(2)
    await two.update((draft: Draft) => {
      draft.m = 5
    })
    await one.update((draft: Draft) => {
      runs++
      draft.n = (draft.n ?? 0) + 1
    })
    expect(runs).toBe(3)
    expect(await dataIn(here)).toEqual({ n: 12, m: 5 })
  })

  it('sees what the session has changed, which lands with it', async () => {
    const store = await storeWith({ n: 1 })
    const session = await load(store)
    session.n = 5
    session.fresh = true
    await session.update((draft: Draft) => {
      draft.n = (draft.n ?? 0) * 2
    })
    expect(await dataIn(store)).toEqual({ n: 10, fresh: true })
  })

  it('keeps what the session changes while it lands', async () => {
    const store = await storeWith({ n: 1, m: 1 })
    const session = await load(store)
    const landing = session.update((draft: Draft) => {
      draft.m = 2
    })
    session.n = 7
    await landing
    expect([session.n, session.m]).toEqual([7, 2])
    await session.save()
    expect(await dataIn(store)).toEqual({ n: 7, m: 2 })
  })

  it('takes all ways to look and to write', async () => {
    const store = await storeWith({ a: 1, b: 2, list: [1] })
    const session = await load(store)
    await session.update((draft: Draft) => {
      expect(['a' in draft, 'x' in draft, Object.keys(draft)]).toEqual([true, false, ['a', 'b', 'list']])
      expect({ ...draft }).toEqual({ a: 1, b: 2, list: [1] })
      expect(draft[Symbol.iterator as never]).toBeUndefined()
      delete draft.a
      draft.b = undefined
      draft.list?.push(2)
      Object.defineProperty(draft, 'd', { value: 4, enumerable: true, configurable: true, writable: true })
    })
    expect(await dataIn(store)).toEqual({ list: [1, 2], d: 4 })
    expect(Object.keys(session)).not.toContain('a')
  })

  it('writes nothing when nothing is changed', async () => {
    const store = await storeWith({ n: 1 })
    const session = await load(store)
    await session.update((draft: Draft) => void draft.n)
    expect(await dataIn(store)).toEqual({ n: 1 })
  })

  it('refuses a function that waits, and writes nothing of it', async () => {
    const store = await storeWith({ n: 1 })
    const session = await load(store)
    const waiting = async (draft: Draft) => {
      draft.n = 2
    }
    await expect(session.update(waiting)).rejects.toMatchObject({ code: 'UPDATE_ASYNC' })
    const failing = () => Promise.reject(new Error('late'))
    await expect(session.update(failing as never)).rejects.toMatchObject({ code: 'UPDATE_ASYNC' })
    expect(await dataIn(store)).toEqual({ n: 1 })
  })

  it('fails alone when its function throws', async () => {
    const store = await storeWith({ n: 1 })
    const sessions = await Promise.all([load(store), load(store), load(store)])
    const results = await Promise.allSettled(
      sessions.map((session, at) =>
        session.update((draft: Draft) => {
          if (at === 1) throw new Error('no')
          draft.n = (draft.n ?? 0) + 1
        }),
      ),
    )
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await dataIn(store)).toEqual({ n: 3 })
  })

  it('says that the session is gone', async () => {
    const store = await storeWith({ n: 1 })
    const session = await load(store)
    await told((done) => store.destroy('id', done))
    const more = (draft: Draft) => {
      draft.n = 2
    }
    await expect(session.update(more)).rejects.toMatchObject({ code: 'SESSION_GONE' })
    expect(await told((done) => store.get('id', done))).toBeNull()
  })

  it('counts every one of concurrent updates, from as many handles as there are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 2 }), { maxLength: 12 }), async (writers) => {
        const store = memoryStore()
        const handles = [await storeWith({ n: 0 }, store), ...[1, 2].map(() => new ExpressSessionStore({ store }))]
        const sessions = await Promise.all(writers.map((at) => load(handles[at] as ExpressSessionStore)))
        const more = (draft: Draft) => {
          draft.n = (draft.n ?? 0) + 1
        }
        await Promise.all(sessions.map((session) => session.update(more)))
        expect(await dataIn(handles[0] as ExpressSessionStore)).toEqual({ n: writers.length })
      }),
      { numRuns: 50 },
    )
  })
})
