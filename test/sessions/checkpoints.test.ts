import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { begin, textsOf, user } from './talk.ts'

describe.each(subjects)('checkpoints on $name', (subject) => {
  const scene = Scene.on(subject)

  it('are saved, and read as they were, wherever that is', async () => {
    const { session, elsewhere } = await begin(scene)
    const data = { step: 1, seen: new Map([['a', new Date(0)]]), big: 1n, nested: { list: [undefined, 1] } }
    const saved = await session.checkpoints.save(data, { label: 'first' })
    expect(saved).toEqual({ id: saved.id, parentId: undefined, createdAt: scene.now, label: 'first', data })
    expect(await elsewhere().checkpoints.get(saved.id)).toEqual(saved)
    expect(await elsewhere().checkpoints.latest()).toEqual(saved)
    data.step = 2
    const second = await elsewhere().checkpoints.save(data)
    expect(second).toMatchObject({ parentId: saved.id, data: { step: 2 }, label: undefined })
    expect((await session.checkpoints.get(saved.id))?.data).toMatchObject({ step: 1 })
    for (const whole of ['text', null, 42, [1, 2], undefined, new Set([1]), {}]) {
      const { id } = await session.checkpoints.save(whole)
      expect((await elsewhere().checkpoints.get(id))?.data).toEqual(whole)
    }
  })

  it('are listed newest first, by pages', async () => {
    const { session } = await begin(scene)
    for (let at = 0; at < 12; at++) await session.checkpoints.save({ at })
    const list = async (query?: Parameters<typeof session.checkpoints.list>[0]) =>
      (await session.checkpoints.list(query)).map(({ data }) => (data as { at: number }).at)
    expect(await list()).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    expect(await list({ limit: 2 })).toEqual([11, 10])
    const [, second] = await session.checkpoints.list({ limit: 2 })
    expect(await list({ limit: 2, before: String(second?.id) })).toEqual([9, 8])
    expect(await list({ limit: 0 })).toEqual([])
  })

  it('store once what has not changed', async () => {
    const { id, session } = await begin(scene)
    const bytes = async (): Promise<number> => {
      const { rows } = await scene.store.read({ tenant: scene.tenant, id }, [{ prefix: '', limit: 5_000 }])
      return (rows[0] ?? []).reduce((sum, row) => sum + row.key.length + row.value.length, 0)
    }
    const list: unknown[] = Array.from({ length: 200 }, () => ({ text: randomUUID().repeat(4) }))
    await session.checkpoints.save({ list, large: randomUUID().repeat(1_000) })
    const first = await bytes()
    for (let at = 0; at < 5; at++) {
      list.push({ text: `more ${at}` })
      const { data } = (await session.checkpoints.latest()) ?? {}
      await session.checkpoints.save({ ...(data as object), list })
    }
    expect((await bytes()) - first).toBeLessThan(6_000)
    expect((await session.checkpoints.latest())?.data).toMatchObject({ list: { length: 205 } })
  })

  it('end with their time, and when they are deleted', async () => {
    const { session, elsewhere } = await begin(scene)
    const lasting = await session.checkpoints.save('lasting')
    const short = await session.checkpoints.save('short', { ttl: 1_000 })
    expect((await session.checkpoints.latest())?.id).toBe(short.id)
    scene.now += 1_000
    expect((await elsewhere().checkpoints.latest())?.id).toBe(lasting.id)
    expect(await session.checkpoints.get(short.id)).toBeUndefined()
    const third = await session.checkpoints.save('third', { ttl: 5_000 })
    expect(await session.checkpoints.delete(third.id)).toBe(true)
    expect(await session.checkpoints.delete(third.id)).toBe(false)
    expect((await elsewhere().checkpoints.list()).map(({ data }) => data)).toEqual(['lasting'])
    await session.checkpoints.save('fourth')
    expect((await elsewhere().checkpoints.list()).map(({ data }) => data)).toEqual(['fourth', 'lasting'])
    expect(await elsewhere().checkpoints.clear()).toBe(2)
    expect(await session.checkpoints.latest()).toBeUndefined()
    await session.checkpoints.save('anew')
    expect((await elsewhere().checkpoints.latest())?.data).toBe('anew')
  })

  it('are restored with the history of that time, and that is taken back', async () => {
    const { session, elsewhere } = await begin(scene)
    await session.messages.append([user('a'), user('b')])
    const saved = await session.checkpoints.save({ mood: 'good' })
    await elsewhere().messages.append(user('c'))
    await session.checkpoints.save({ mood: 'bad' })
    expect(await elsewhere().checkpoints.restore(saved.id)).toEqual(saved)
    expect(textsOf(await session.messages.list())).toEqual(['a', 'b'])
    expect((await scene.manager().asService().get(session.id))?.counts.messages).toBe(2)
    const next = await session.checkpoints.save({ mood: 'better' })
    expect(next.parentId).toBe(saved.id)
    expect((await session.checkpoints.save({})).parentId).toBe(next.id)
    await session.messages.append(user('d'))
    expect(await session.undo()).toMatchObject({ kind: 'restore' })
    expect(textsOf(await elsewhere().messages.list())).toEqual(['a', 'b', 'c'])
    expect(textsOf(await session.messages.list({ branch: 'restored-1' }))).toEqual(['a', 'b', 'd'])
  })

  it('are where forks begin', async () => {
    const { session } = await begin(scene)
    await session.messages.append([user('a'), user('b')])
    const { id } = await session.checkpoints.save({})
    await session.messages.append(user('c'))
    const fork = await session.branches.fork({ from: id, name: 'from there' })
    expect(fork).toMatchObject({ from: { checkpoint: id }, messages: 2 })
    expect(textsOf(await session.messages.list({ branch: 'from there' }))).toEqual(['a', 'b'])
  })

  it('are saved by themselves after every so many turns, when that is wanted', async () => {
    const { id } = await begin(scene)
    const at = async (checkpoints?: { everyTurns?: number } | true) => {
      const session = await scene
        .manager(checkpoints === undefined ? {} : { checkpoints })
        .asService()
        .get(id)
      if (!session) throw new Error('The session is gone')
      return session
    }
    for (let turn = 1; turn <= 5; turn++) {
      await (await at({ everyTurns: 2 })).turn((it) => {
        it.append(user(`${turn}`))
        it.data.set('turn', turn)
      })
    }
    await (await at()).turn((it) => it.append(user('without')))
    const saved = await (await at()).checkpoints.list()
    expect(saved.map(({ label, data }) => [label, data])).toEqual([
      ['turn 4', { turn: 4 }],
      ['turn 2', { turn: 2 }],
    ])
    await (await at()).checkpoints.restore(String(saved[1]?.id))
    expect(textsOf(await (await at()).messages.list())).toEqual(['1', '2'])
    for (const wrong of [{ everyTurns: 0 }, { every: 1 }, 'yes', null]) {
      const make = () => scene.manager({ checkpoints: wrong as never })
      expect(make).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }))
    }
    expect(() => scene.manager({ checkpoints: true })).not.toThrow()
  })

  it('are refused with one clear error', async () => {
    const { session } = await begin(scene)
    const { checkpoints } = session
    const cyclic: Record<string, unknown> = {}
    cyclic.self = cyclic
    const refused: [() => Promise<unknown>, string][] = [
      [() => checkpoints.save(cyclic), 'VALUE_CYCLIC'],
      [() => checkpoints.save(() => 1), 'VALUE_UNSUPPORTED'],
      [() => checkpoints.save(1, { label: 1 as never }), 'CHECKPOINT_INVALID'],
      [() => checkpoints.save(1, { ttl: 0 }), 'CHECKPOINT_INVALID'],
      [() => checkpoints.list({ limit: -1 }), 'LIST_INVALID'],
      [() => checkpoints.list({ before: '' }), 'LIST_INVALID'],
      [() => checkpoints.list({ source: 'other' as never }), 'LIST_INVALID'],
      [() => checkpoints.restore('none'), 'CHECKPOINT_NOT_FOUND'],
    ]
    for (const [act, code] of refused) await expect(act(), code).rejects.toMatchObject({ code })
    expect(await checkpoints.get('none')).toBeUndefined()
    expect(await checkpoints.get(1 as never)).toBeUndefined()
    expect(await checkpoints.delete('none')).toBe(false)
    expect(await checkpoints.list()).toEqual([])
  })
})
