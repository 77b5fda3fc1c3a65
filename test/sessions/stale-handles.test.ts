import { describe, expect, it } from 'vitest'
import { HookedStore } from '../../packages/core/test/checkpoint/hooked-store.ts'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'

const said = { role: 'user', parts: [{ type: 'text' as const, content: 'mine' }] }

describe.each(subjects)('on $name', (subject) => {
  const scene = Scene.on(subject)

  describe('a session that another has in its place', () => {
    it('is neither locked nor told of nor exported by who held the first', async () => {
      const first = await scene.manager().as({ userId: 'ada' }).create({ id: 'chat' })
      await first.delete()
      scene.now += 1
      const second = await scene.manager().as({ userId: 'bob' }).create({ id: 'chat' })
      await second.turn(
        (turn) => {
          turn.emit({ secret: true })
          turn.append(said)
        },
        { commitId: 'known' },
      )
      const notFound = { code: 'SESSION_NOT_FOUND' }
      await expect(first.lock({ ttl: 1_000 })).rejects.toMatchObject(notFound)
      await expect(first.turnRecord('known')).rejects.toMatchObject(notFound)
      await expect(first.turnEvents('known')).rejects.toMatchObject(notFound)
      await expect(first.export()).rejects.toMatchObject(notFound)
      await expect(first.exportStream().next()).rejects.toMatchObject(notFound)
      await expect(first.observe({ deviceId: 'x' })).rejects.toMatchObject(notFound)
      expect(await second.turnEvents('known')).toEqual([{ secret: true }])
      await (await second.lock({ ttl: 1_000 })).release()
      expect(await second.export()).toContain('mine')
    })
  })

  describe('the lease of a session', () => {
    const notFound = { code: 'SESSION_NOT_FOUND' }

    it('is never held by who held another in its place, which its own commit says without a read', async () => {
      for (const begun of [true, false]) {
        const store = new HookedStore(scene.store)
        const first = await scene.manager({ store }).as({ userId: 'ada' }).create({ id: 'chat' })
        if (begun) await first.messages.append(said)
        await scene.manager().asService().delete('chat')
        scene.now += 1
        const second = await scene.manager().as({ userId: 'bob' }).create({ id: 'chat' })
        if (begun) await second.messages.append(said)
        let reads = 0
        store.beforeRead = () => void reads++
        let began = false
        const work = () => {
          began = true
        }
        await expect(first.turn(work)).rejects.toMatchObject(notFound)
        expect([began, reads]).toEqual([false, 0])
        const held = await second.lock({ ttl: 60_000 })
        await expect(first.turn(work)).rejects.toMatchObject(notFound)
        await expect(first.turn(work, { onBusy: 'reject' })).rejects.toMatchObject(notFound)
        await held.release()
        expect(await second.turn(() => 'mine')).toBe('mine')
        await second.delete()
      }
    })

    it('costs a commit each to begin and to end, and one more after another process has written', async () => {
      const store = new HookedStore(scene.store)
      const session = await scene.manager({ store }).as({ userId: 'ada' }).create({ id: 'chat' })
      await session.messages.append(said)
      const there = await scene.manager().as({ userId: 'ada' }).get('chat')
      let commits = 0
      store.beforeCommit = () => void commits++
      await session.turn(() => undefined)
      expect(commits).toBe(2)
      await there?.messages.append(said)
      commits = 0
      await session.turn(() => undefined)
      expect(commits).toBe(3)
    })
  })

  describe('what is cached', () => {
    it('is never stale: whatever another process did is seen', async () => {
      const sessions = scene.manager({ cache: { sessions: 2 } })
      const here = sessions.as({ userId: 'ada' })
      const there = scene.manager().as({ userId: 'ada' })
      const session = await here.create({ id: 'chat' })
      await session.messages.append(said)
      await here.createMany([{ id: 'x' }, { id: 'y' }, { id: 'z' }])
      const other = await there.get('chat')
      await other?.messages.append(said)
      expect(await session.messages.list()).toHaveLength(2)
      await other?.archive()
      expect((await here.get('chat'))?.state).toBe('archived')
      await other?.delete()
      expect(await here.get('chat')).toBeUndefined()
      await expect(session.messages.list()).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    })
  })

  describe('events', () => {
    it('tell the roles of who asked', async () => {
      await scene
        .manager()
        .as({ userId: 'ada', roles: ['admin'] })
        .get('none')
      expect(scene.events).toMatchObject([{ type: 'denied', by: 'ada', roles: ['admin'] }])
      expect(() => scene.manager().as({ userId: 'ada', roles: 'admin' as never })).toThrow(
        expect.objectContaining({ code: 'USER_INVALID' }),
      )
    })
  })

  describe('activity', () => {
    it('is one commit without index entries, whatever expiry says, but for the first after an announcement', async () => {
      const store = new HookedStore(scene.store)
      const session = await scene.manager({ store }).as({ userId: 'ada' }).create({ id: 'chat', agentId: 'guide' })
      await session.messages.append(said)
      const commits: boolean[] = []
      store.beforeCommit = ({ index }) => void commits.push(index !== undefined)
      for (let n = 0; n < 3; n++) {
        scene.now += 20 * 60_000
        await session.messages.append(said)
      }
      expect(commits.splice(0)).toEqual([false, false, false])
      scene.now += 40 * 60_000
      await scene.manager().sweep()
      await session.messages.append(said)
      // The sweep was another process's: the first try is on what is known here.
      expect(commits.splice(0).at(-1)).toBe(true)
      await session.messages.append(said)
      expect(commits).toEqual([false])
    })
  })
})
