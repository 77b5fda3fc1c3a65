import type { Session } from '@everthread/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { HOUR, MINUTE, Scene } from './scene.ts'
import { subjects } from './subjects.ts'

const said = (content: string) => ({ role: 'user', parts: [{ type: 'text' as const, content }] })
const ids = ({ sessions }: { sessions: Session[] }) => sessions.map(({ id }) => id)

describe.each(subjects)('sessions on $name', (subject) => {
  const scene = Scene.on(subject)
  const ada = () => scene.manager().as({ userId: 'ada' })
  const service = () => scene.manager().asService()

  it('keep all that they were made of', async () => {
    const fields = {
      agentId: 'guide',
      kind: 'chat',
      channel: 'slack',
      deviceId: 'phone',
      title: 'Engines',
      metadata: { topic: ['engines', { of: 'brass' }] },
      settings: { model: 'small' },
    }
    const made = await ada().create({ id: 'chat', ...fields, ttl: HOUR })
    const times = { createdAt: scene.now, lastActiveAt: scene.now, expiresAt: scene.now + HOUR }
    const whole = {
      id: 'chat',
      userId: 'ada',
      state: 'active',
      ...fields,
      ...times,
      counts: { messages: 0, checkpoints: 0 },
    }
    expect(made).toMatchObject(whole)
    expect(await service().get('chat')).toMatchObject(whole)
    expect(made.revision).toBeGreaterThan(0)
  })

  it('count what is in them, and know when that was', async () => {
    const made = await ada().create({ id: 'chat' })
    const { revision } = made
    scene.now += MINUTE
    await made.messages.append([said('one'), said('two')])
    expect(made).toMatchObject({ counts: { messages: 2 }, lastActiveAt: scene.now })
    expect(made.revision).toBeGreaterThan(revision)
    expect(await ada().get('chat')).toMatchObject({ counts: { messages: 2 }, lastActiveAt: scene.now })
  })

  it('are made only once by all who get or create at once', async () => {
    const got = await Promise.all(Array.from({ length: 6 }, () => ada().getOrCreate('chat', { agentId: 'guide' })))
    expect(got.filter(({ created }) => created)).toHaveLength(1)
    expect(got.map(({ session }) => session.agentId)).toEqual(Array(6).fill('guide'))
    expect(await service().count()).toBe(1)
  })

  describe('of two users and two agents', () => {
    beforeEach(async () => {
      for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) {
        scene.now += MINUTE
        const userId = n % 2 === 0 ? 'even' : 'odd'
        await service().create({
          id: `s${n}`,
          userId,
          agentId: n <= 4 ? 'early' : 'late',
          kind: n === 3 ? 'task' : 'chat',
        })
      }
    })

    it.each([
      ['all', {}, ['s8', 's7', 's6', 's5', 's4', 's3', 's2', 's1']],
      ['of a user', { userId: 'odd' }, ['s7', 's5', 's3', 's1']],
      ['of an agent', { agentId: 'early' }, ['s4', 's3', 's2', 's1']],
      ['of a user and an agent', { userId: 'even', agentId: 'late' }, ['s8', 's6']],
      ['of a kind', { kind: 'task' }, ['s3']],
      ['of nobody', { userId: 'nobody' }, []],
    ])('are listed, newest first, and counted: %s', async (_, filter, expected) => {
      expect(ids(await service().list(filter))).toEqual(expected)
      expect(await service().count(filter)).toBe(expected.length)
    })

    it('are listed in pages that hold each once', async () => {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await service().list({ userId: 'even', limit: 3, ...(cursor ? { cursor } : {}) })
        seen.push(...ids(page))
        cursor = page.cursor
      } while (cursor !== undefined)
      expect(seen).toEqual(['s8', 's6', 's4', 's2'])
    })

    it('are found by state and activity', async () => {
      scene.now += 29 * MINUTE
      const [first] = (await service().list({ userId: 'odd', limit: 1 })).sessions
      await first?.refresh()
      await (await service().get('s1'))?.archive()
      scene.now += 10 * MINUTE
      expect(ids(await service().list({ state: 'active' }))).toEqual(['s7'])
      expect(ids(await service().list({ state: 'archived' }))).toEqual(['s1'])
      expect(await service().count({ state: 'idle' })).toBe(6)
      expect(ids(await service().list({ activeSince: scene.now - 30 * MINUTE }))).toEqual(['s7'])
    })

    it('are those of its user alone through the handle of a user', async () => {
      const even = scene.manager().as({ userId: 'even' })
      expect(ids(await even.list())).toEqual(['s8', 's6', 's4', 's2'])
      expect(ids(await even.list({ userId: 'odd' }))).toEqual([])
      expect(await even.count({ userId: 'odd' })).toBe(0)
      expect(await even.count({ agentId: 'late' })).toBe(2)
      expect((await even.stats()).total).toBe(4)
      expect((await even.analytics({ groupBy: 'user' })).groups.map(({ key }) => key)).toEqual(['even'])
    })

    it('are deleted one by one, in numbers, by user and by agent', async () => {
      expect(await service().delete('s1')).toBe(true)
      expect(await service().delete('s1')).toBe(false)
      expect(await service().deleteMany(['s1', 's2', 's3', 'none'])).toBe(2)
      expect(await service().deleteByUser('odd')).toBe(2)
      expect(await service().deleteByAgent('late')).toBe(2)
      expect(ids(await service().list())).toEqual(['s4'])
      expect(await service().exists('s4')).toBe(true)
      expect(await service().exists('s8')).toBe(false)
    })

    it('are deleted by their user alone', async () => {
      const even = scene.manager().as({ userId: 'even' })
      expect(await even.delete('s1')).toBe(false)
      expect(await even.deleteMany(['s1', 's2'])).toBe(1)
      expect(await even.deleteByUser('odd')).toBe(0)
      expect(await even.deleteByAgent('early')).toBe(1)
      expect(ids(await service().list())).toEqual(['s8', 's7', 's6', 's5', 's3', 's1'])
    })

    it('are taken up where they were last active, if they still live', async () => {
      const odd = scene.manager().as({ userId: 'odd' })
      await (await odd.get('s5'))?.refresh()
      scene.now += 1
      await (await odd.get('s5'))?.refresh()
      expect(await odd.restoreLatest({ agentId: 'late' })).toMatchObject({ created: false, session: { id: 's5' } })
      await (await odd.get('s5'))?.archive()
      expect(await odd.restoreLatest({ agentId: 'late' })).toMatchObject({ created: false, session: { id: 's7' } })
      scene.now += 5 * HOUR
      const made = await odd.restoreLatest({ agentId: 'late', channel: 'web' })
      expect(made).toMatchObject({ created: true, session: { userId: 'odd', agentId: 'late', channel: 'web' } })
      expect(await service().restoreLatest({ agentId: 'late' })).toMatchObject({ created: true })
    })
  })

  it('are made in numbers, all or none', async () => {
    const made = await ada().createMany([{ id: 'a' }, { id: 'b', agentId: 'guide' }, {}])
    expect(made.map(({ userId }) => userId)).toEqual(['ada', 'ada', 'ada'])
    scene.heard()
    const refused = ada().createMany([{ id: 'c' }, { id: 'd' }, { id: 'b' }])
    await expect(refused).rejects.toMatchObject({ code: 'SESSION_EXISTS' })
    expect(scene.heard()).toEqual([])
    const limited = scene.manager({ limits: { total: { max: 4, onLimit: 'reject' } } }).as({ userId: 'ada' })
    await expect(limited.createMany([{ id: 'e' }, { id: 'f' }])).rejects.toMatchObject({ code: 'SESSION_LIMIT' })
    expect(await service().count()).toBe(3)
    expect(await service().exists('b')).toBe(true)
  })

  it('are counted by state, and how long they last', async () => {
    const [a, b, c, d] = await service().createMany([{ id: 'a' }, { id: 'b' }, { id: 'c', ttl: HOUR }, { id: 'd' }])
    scene.now += 20 * MINUTE
    await Promise.all([a?.refresh(), b?.archive()])
    scene.now += 50 * MINUTE
    await d?.refresh()
    expect(await service().stats()).toEqual({
      total: 4,
      active: 1,
      idle: 1,
      archived: 1,
      expired: 1,
      averageDurationMs: (20 * MINUTE + 70 * MINUTE) / 4,
    })
    expect(c?.state).toBe('expired')
    expect(
      (
        await scene
          .manager({ tenant: `${scene.tenant} other` })
          .asService()
          .stats()
      ).averageDurationMs,
    ).toBe(0)
  })

  it('are analysed by when they were made, and by whom', async () => {
    const first = scene.now
    const a = await service().create({ userId: 'ada', channel: 'web' })
    scene.now += HOUR
    await a.messages.append([said('one'), said('two'), said('three')])
    scene.now += 24 * HOUR
    await service().create({ userId: 'bob', channel: 'web' })
    const { total, groups } = await service().analytics()
    expect(groups.map(({ key, count }) => [key, count])).toEqual(
      [
        ['2026-01-15', 1],
        ['2026-01-16', 1],
      ].map(([key, count]) => [
        new Date(first + (key === '2026-01-15' ? 0 : 25 * HOUR)).toISOString().slice(0, 10),
        count,
      ]),
    )
    expect(total).toEqual({
      count: 2,
      meanLifetimeMs: HOUR / 2,
      messages: 3,
      messagesPerSession: 1.5,
      interactionsPerHour: 3,
    })
    const byUser = await service().analytics({ from: first + 1, to: new Date(scene.now + 1), groupBy: 'user' })
    expect(byUser.groups).toEqual([
      { key: 'bob', count: 1, meanLifetimeMs: 0, messages: 0, messagesPerSession: 0, interactionsPerHour: 0 },
    ])
    expect((await service().analytics({ groupBy: 'channel' })).groups.map(({ key }) => key)).toEqual(['web'])
  })
})
