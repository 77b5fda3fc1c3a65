import type { Session } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, Scene } from './scene.ts'
import { subjects } from './subjects.ts'

const said = { role: 'user', parts: [{ type: 'text' as const, content: 'hello' }] }

describe.each(subjects)('a session on $name', (subject) => {
  const scene = Scene.on(subject)
  const open = (id = 'chat') => scene.manager().as({ userId: 'ada' }).create({ id })

  describe('by time', () => {
    it('is active, idle after 30 minutes, expired after 4 hours, and gone 30 days later, by its reader alone', async () => {
      const ada = scene.manager().as({ userId: 'ada' })
      const session = await ada.create({ id: 'chat' })
      const began = scene.now
      const seen: [number, string | undefined][] = [
        [0, 'active'],
        [30 * MINUTE - 1, 'active'],
        [30 * MINUTE, 'idle'],
        [4 * HOUR - 1, 'idle'],
        [4 * HOUR, 'expired'],
        [4 * HOUR + 30 * DAY, 'expired'],
        [4 * HOUR + 31 * DAY, undefined],
      ]
      expect(session.expiresAt).toBe(began + 4 * HOUR)
      for (const [after, state] of seen) {
        scene.now = began + after
        expect([after, (await ada.get('chat'))?.state]).toEqual([after, state])
      }
    })

    it.each([
      ['a message', (session: Session) => session.messages.append(said)],
      ['a turn', (session: Session) => session.turn((turn) => turn.append(said))],
      ['a refresh', (session: Session) => session.refresh()],
    ])('is made active again by %s', async (_, act) => {
      const session = await open()
      scene.now += HOUR
      expect(session.state).toBe('idle')
      await act(session)
      expect(session).toMatchObject({ state: 'active', lastActiveAt: scene.now, expiresAt: scene.now + 4 * HOUR })
      scene.now += 4 * HOUR - 1
      expect((await scene.manager().asService().get('chat'))?.state).toBe('idle')
    })

    it.each([
      [{ ttl: 1_000 }, 1_000],
      [{ expiry: 2_000 }, 2_000],
      [{ expiry: { expireMs: 3_000 } }, 3_000],
      [{ expiry: { maxAgeMs: 5_000 } }, 5_000],
    ])('expires when %j says', async (init, after) => {
      const session = await scene.manager().as({ userId: 'ada' }).create(init)
      scene.now += after - 1
      expect(session.state).not.toBe('expired')
      scene.now += 1
      expect(session.state).toBe('expired')
    })

    it('expires at an age that no activity puts off', async () => {
      const session = await scene
        .manager()
        .as({ userId: 'ada' })
        .create({ expiry: { maxAgeMs: 5_000 } })
      scene.now += 4_000
      await session.refresh()
      expect(session.expiresAt).toBe(scene.now + 1_000)
    })

    it.each([{ expiry: false as const }, { expiry: { expireMs: false as const } }])(
      'never expires with %j',
      async (init) => {
        const session = await scene
          .manager()
          .as({ userId: 'ada' })
          .create({ id: 'chat', ...init })
        scene.now += 1_000 * DAY
        expect(session).toMatchObject({ state: 'idle', expiresAt: undefined })
        expect(await scene.manager().as({ userId: 'ada' }).exists('chat')).toBe(true)
      },
    )

    it('that nobody made by a manager never expires by itself', async () => {
      const thread = scene.manager().asService().open('thread')
      await thread.messages.append(said)
      scene.now += 1_000 * DAY
      expect((await scene.manager().asService().get('thread'))?.state).toBe('idle')
    })
  })

  describe('that was put away', () => {
    it.each(['archived', 'expired'] as const)(
      '%s: keeps what it holds, takes nothing in, and can be restored',
      async (state) => {
        const session = await open()
        await session.messages.append(said)
        await session.setState(state)
        expect(session.state).toBe(state)
        const refused = { code: state === 'archived' ? 'SESSION_ARCHIVED' : 'SESSION_EXPIRED' }
        await expect(session.messages.append(said)).rejects.toMatchObject(refused)
        await expect(session.turn((turn) => turn.append(said))).rejects.toMatchObject(refused)
        await expect(session.refresh()).rejects.toMatchObject(refused)
        expect(await session.messages.list()).toHaveLength(1)
        await session.restore()
        expect(session.state).toBe('active')
        await session.messages.append(said)
        expect(scene.heard()).toEqual(['created', state, 'resumed'])
      },
    )

    it('does not expire while it is archived', async () => {
      const session = await open()
      await session.archive()
      scene.now += 1_000 * DAY
      expect(session).toMatchObject({ state: 'archived', expiresAt: undefined })
      expect((await scene.manager().as({ userId: 'ada' }).get('chat'))?.state).toBe('archived')
    })

    it('lets a turn that began before come to its end', async () => {
      const session = await open()
      await session.turn(async (turn) => {
        turn.append(said)
        await session.archive()
      })
      expect(session).toMatchObject({ state: 'archived', counts: { messages: 1 } })
    })

    it('is restored by who asks for it by its id', async () => {
      const session = await open()
      await session.archive()
      const ada = scene.manager().as({ userId: 'ada' })
      expect(await ada.getOrCreate('chat')).toMatchObject({ created: false, session: { state: 'active' } })
      scene.now += 5 * HOUR
      expect(await ada.getOrCreate('chat')).toMatchObject({ created: false, session: { state: 'active' } })
      expect(scene.heard()).toEqual(['created', 'archived', 'resumed', 'resumed'])
    })

    it.each(['idle', 'active', 'archived', 'expired'] as const)(
      'is %s when it is told to be, from every other state',
      async (to) => {
        for (const from of ['active', 'idle', 'archived', 'expired'] as const) {
          const session = await open(from)
          await session.setState(from)
          scene.heard()
          await session.setState(to)
          expect([from, session.state, (await scene.manager().as({ userId: 'ada' }).get(from))?.state]).toEqual([
            from,
            to,
            to,
          ])
          const event = to === 'active' ? 'resumed' : to
          expect([from, scene.heard()]).toEqual([from, from === to ? [] : [event]])
        }
      },
    )

    it('is put into no state that there is not, and only while it is there', async () => {
      const session = await open()
      await expect(session.setState('gone' as never)).rejects.toMatchObject({ code: 'STATE_INVALID' })
      await session.delete()
      await expect(session.setState('idle')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    })

    it('is told of once, however often it is put away', async () => {
      const session = await open()
      await Promise.all([session.archive(), session.archive(), session.setState('archived')])
      expect(scene.heard()).toEqual(['created', 'archived'])
    })
  })
})
