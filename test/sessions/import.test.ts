import { describe, expect, it } from 'vitest'
import { HookedStore } from '../../packages/core/test/checkpoint/hooked-store.ts'
import { elsewhere, everythingOf, talked } from './exported.ts'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { user } from './talk.ts'

describe.each(subjects)('on $name', (subject) => {
  const scene = Scene.on(subject)

  describe('an export, imported elsewhere,', () => {
    it.each(['json', 'jsonl'] as const)('%s, is the same in every message, value and time', async (format) => {
      const session = await talked(scene)
      const text = await session.export({ format })
      scene.now += 5_000
      const { sessions } = elsewhere(scene)
      const back = await sessions.asService().import(text)
      expect(await back.export({ format })).toBe(text)
      expect(await back.messages.list()).toEqual(await session.messages.list())
      expect(await back.data.all()).toEqual(await session.data.all())
      const fields = ['id', 'userId', 'agentId', 'kind', 'channel', 'title', 'metadata', 'settings'] as const
      for (const field of [...fields, 'createdAt', 'lastActiveAt', 'expiresAt', 'counts'] as const) {
        expect(back[field], field).toEqual(session[field])
      }
      expect((await sessions.as({ userId: 'ada' }).list({ agentId: 'helper' })).sessions).toHaveLength(1)
      await back.messages.append([user('four')])
      expect(await back.messages.count()).toBe(4)
    })

    it('is whole also in pieces, of text or of bytes, cut anywhere', async () => {
      const session = await talked(scene)
      for (const format of ['json', 'jsonl'] as const) {
        const text = await session.export({ format })
        const bytes = Buffer.from(text)
        async function* pieces(): AsyncGenerator<Uint8Array> {
          for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7)
        }
        expect(await (await elsewhere(scene).sessions.asService().import(pieces())).export({ format })).toBe(text)
        expect(await (await elsewhere(scene).sessions.asService().import(bytes)).export({ format })).toBe(text)
        expect(
          await (await elsewhere(scene).sessions.asService().import(session.exportStream({ format }))).export(),
        ).toBe(await session.export())
      }
    })

    it('may have been laid out anew', async () => {
      const session = await talked(scene)
      const text = await session.export()
      const pretty = JSON.stringify(JSON.parse(text), undefined, 2)
      expect(await (await elsewhere(scene).sessions.asService().import(pretty)).export()).toBe(text)
    })

    it("is the importing user's, under another id if it is given one, and told of", async () => {
      const { sessions } = elsewhere(scene)
      const text = await (await talked(scene)).export()
      scene.heard()
      const back = await sessions.as({ userId: 'bob' }).import(text, { id: 'mine' })
      expect([back.id, back.userId]).toEqual(['mine', 'bob'])
      expect(await sessions.as({ userId: 'ada' }).get('mine')).toBeUndefined()
      expect(scene.events.map(({ type, sessionId, userId }) => [type, sessionId, userId])).toContainEqual([
        'created',
        'mine',
        'bob',
      ])
    })

    it('takes no place that is taken', async () => {
      const { sessions, tenant } = elsewhere(scene)
      await sessions.as({ userId: 'bob' }).create({ id: 'chat' })
      const before = await everythingOf(scene, tenant)
      const text = await (await talked(scene)).export()
      for (const handle of [sessions.asService(), sessions.as({ userId: 'ada' }), sessions.as({ userId: 'bob' })]) {
        await expect(handle.import(text)).rejects.toMatchObject({ code: 'SESSION_EXISTS' })
      }
      expect(await everythingOf(scene, tenant)).toEqual(before)
    })

    it('of a session without anything in it is that', async () => {
      const { sessions } = elsewhere(scene)
      for (const format of ['json', 'jsonl'] as const) {
        const text = await (await sessions.asService().create()).export({ format })
        const back = await elsewhere(scene).sessions.asService().import(text)
        expect(await back.messages.list()).toEqual([])
        expect(await back.export({ format })).toBe(text)
      }
    })

    it('leaves no trace of an import that was cut off at any commit', async () => {
      const text = await (await talked(scene)).export()
      for (let cut = 0; ; cut++) {
        const store = new HookedStore(scene.store)
        let left = cut
        store.beforeCommit = () => {
          if (left-- <= 0) throw new Error('killed')
        }
        const { sessions } = elsewhere(scene, store)
        const outcome = await sessions
          .asService()
          .import(text)
          .catch(() => undefined)
        store.beforeCommit = undefined
        if (outcome && left >= 0) break
        const visible = await sessions.asService().get('chat')
        if (visible) expect(await visible.export()).toBe(text)
        else {
          const { session } = await sessions.asService().getOrCreate('chat')
          expect(await session.messages.list()).toEqual([])
          await session.delete()
          await sessions.asService().import(text)
          expect(await (await sessions.asService().get('chat'))?.export()).toBe(text)
        }
      }
    })
  })
})
