import { describe, expect, it } from 'vitest'
import { HookedStore } from '../../packages/core/test/checkpoint/hooked-store.ts'
import { elsewhere, talked } from './exported.ts'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { user } from './talk.ts'

describe.each(subjects)('on $name', (subject) => {
  const scene = Scene.on(subject)

  describe('exporting', () => {
    it('in a format that there is not is refused', async () => {
      const session = await talked(scene)
      await expect(session.export({ format: 'pdf' as never })).rejects.toMatchObject({ code: 'EXPORT_FORMAT_UNKNOWN' })
    })

    it('shows the conversation as pages', async () => {
      const session = await talked(scene)
      expect(await session.export({ format: 'markdown' })).toMatch(/^# Engines\n\nBegun 20.*\n\n## user · .*\n\none\n/)
      expect(await session.export({ format: 'html' })).toContain('<title>Engines</title>')
    })

    it('of a session that is gone is refused', async () => {
      const session = await talked(scene)
      await session.delete()
      for (const format of ['json', 'jsonl', 'markdown', 'html'] as const) {
        await expect(session.export({ format })).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
      }
    })

    it('is tried again when the session is written to meanwhile, and says so when it comes in pieces', async () => {
      const store = new HookedStore(scene.store)
      const { sessions } = elsewhere(scene, store)
      const session = await sessions.asService().create({ id: 'chat' })
      await session.messages.append([user('one')])
      let writes = 3
      store.beforeRead = async (reads) => {
        if (writes === 0 || !reads.some((read) => 'prefix' in read && read.prefix === 'w/')) return
        writes -= 1
        await session.messages.append([user(`more ${writes}`)])
      }
      const text = await session.export()
      expect(JSON.parse(text).messages).toHaveLength(4)
      writes = 1
      const read = async () => {
        for await (const _ of session.exportStream());
      }
      await expect(read()).rejects.toMatchObject({ code: 'CONFLICT' })
    })
  })
})
