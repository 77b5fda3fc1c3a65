import type { LimitOptions } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { HOUR, Scene } from './scene.ts'
import { subjects } from './subjects.ts'

describe.each(subjects)('limits on $name', (subject) => {
  const scene = Scene.on(subject)
  const limited = (limits: LimitOptions) => scene.manager({ limits })
  const live = async (userId?: string) => {
    const { sessions } = await scene
      .manager()
      .asService()
      .list(userId === undefined ? {} : { userId })
    return sessions.filter(({ state }) => state === 'active' || state === 'idle').map(({ id }) => id)
  }

  it('keep a user at five by archiving the oldest, and tell of it', async () => {
    const ada = limited({ perUser: true }).as({ userId: 'ada' })
    for (const n of [1, 2, 3, 4, 5, 6, 7]) {
      scene.now += 1_000
      await ada.create({ id: `s${n}` })
    }
    expect(await live('ada')).toEqual(['s7', 's6', 's5', 's4', 's3'])
    const limits = scene.events.filter(({ type }) => type === 'limit')
    expect(limits.map(({ sessionId, code, detail }) => [sessionId, code, detail?.newSessionId])).toEqual([
      ['s1', 'SESSION_LIMIT', 's6'],
      ['s2', 'SESSION_LIMIT', 's7'],
    ])
    expect((await ada.get('s1'))?.state).toBe('archived')
  })

  it('refuse the new one by choice, until there is room again', async () => {
    const ada = limited({ perUser: { max: 2, onLimit: 'reject' } }).as({ userId: 'ada' })
    const [first] = await ada.createMany([{ id: 'a' }, { id: 'b', ttl: HOUR }])
    const refused = { code: 'SESSION_LIMIT' }
    await expect(ada.create({ id: 'c' })).rejects.toMatchObject(refused)
    expect(await ada.exists('c')).toBe(false)
    await first?.archive()
    await ada.create({ id: 'c' })
    await expect(first?.restore()).rejects.toMatchObject(refused)
    expect((await ada.get('a'))?.state).toBe('archived')
    scene.now += HOUR
    await first?.restore()
    expect((await live('ada')).sort()).toEqual(['a', 'c'])
    await ada.delete('c')
    await ada.create({ id: 'd' })
    await expect(ada.create({ id: 'd' })).rejects.toMatchObject({ code: 'SESSION_EXISTS' })
    await expect(ada.create({ id: 'e' })).rejects.toMatchObject(refused)
  })

  it('stand when many create at once, in several processes', async () => {
    const handles = [1, 2, 3].map(() => limited({ perUser: { max: 4, onLimit: 'reject' } }).as({ userId: 'ada' }))
    const made = await Promise.allSettled(Array.from({ length: 30 }, (_, n) => handles[n % 3]?.create({ id: `s${n}` })))
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(4)
    expect(await live('ada')).toHaveLength(4)
    const codes = made.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []))
    expect(new Set(codes)).toEqual(new Set(['SESSION_LIMIT']))
  })

  it('stand when many create at once and the oldest go', async () => {
    const handles = [1, 2].map(() => limited({ perUser: 3, total: 5 }).as({ userId: 'ada' }))
    await Promise.all(Array.from({ length: 12 }, (_, n) => handles[n % 2]?.create({ id: `s${n}` })))
    expect((await live('ada')).length).toBeLessThanOrEqual(3)
    expect(await scene.manager().asService().count()).toBe(12)
  })

  it('hold the tenant to a number by archiving what has been idle for longest', async () => {
    const service = limited({ total: { max: 3, onLimit: 'evict-idle' } }).asService()
    const [a, b, c] = await service.createMany([{ id: 'a' }, { id: 'b' }, { id: 'c' }])
    for (const session of [b, c, a]) {
      scene.now += 1_000
      await session?.refresh()
    }
    await service.create({ id: 'd', userId: 'ada' })
    expect((await live()).sort()).toEqual(['a', 'c', 'd'])
    await c?.refresh()
    await service.create({ id: 'e' })
    expect((await live()).sort()).toEqual(['c', 'd', 'e'].sort())
  })

  it('count sessions that were there before', async () => {
    await scene
      .manager()
      .as({ userId: 'ada' })
      .createMany([{ id: 'a' }, { id: 'b' }, { id: 'c' }])
    const ada = limited({ perUser: { max: 2, onLimit: 'reject' } }).as({ userId: 'ada' })
    await expect(ada.create()).rejects.toMatchObject({ code: 'SESSION_LIMIT' })
  })

  it('neither count nor archive what a framework made', async () => {
    const service = limited({ total: 2 }).asService()
    for (const id of ['t1', 't2', 't3']) await service.open(id).messages.append({ role: 'user', parts: [] })
    for (const id of ['a', 'b', 'c']) {
      scene.now += 1_000
      await service.create({ id })
    }
    expect((await live()).sort()).toEqual(['b', 'c', 't1', 't2', 't3'])
  })

  it('leave alone what has a turn under way, or waits for an answer', async () => {
    const ada = limited({ perUser: 2 }).as({ userId: 'ada' })
    const [a, b] = await ada.createMany([{ id: 'a' }, { id: 'b' }])
    const call = { type: 'tool_call' as const, id: 'c1', name: 'refund', arguments: {} }
    await b?.messages.append({ role: 'assistant', parts: [call] })
    await a?.turn(async () => {
      await expect(ada.create({ id: 'c' })).rejects.toMatchObject({ code: 'SESSION_LIMIT' })
    })
    await ada.create({ id: 'c' })
    expect((await live('ada')).sort()).toEqual(['b', 'c'])
  })

  it('know that a session which expired, or whose making failed, takes no place', async () => {
    const ada = limited({ total: { max: 2, onLimit: 'reject' } }).as({ userId: 'ada' })
    await ada.createMany([{ ttl: HOUR }, { ttl: HOUR }])
    await expect(ada.create()).rejects.toMatchObject({ code: 'SESSION_LIMIT' })
    scene.now += HOUR
    await ada.createMany([{ id: 'a' }, { id: 'b' }])
    await expect(ada.create({ id: 'a' })).rejects.toMatchObject({ code: 'SESSION_EXISTS' })
    expect(await live()).toHaveLength(2)
  })
})
