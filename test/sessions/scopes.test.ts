import { describe, expect, it } from 'vitest'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'

describe.each(subjects)('a session on $name', (subject) => {
  const scene = Scene.on(subject)

  describe('of a scope', () => {
    it('is made once, and found again by whoever names the scope', async () => {
      const handle = scene.manager({ keys: { direct: 'per-channel-peer' } }).asService()
      const scope = { agentId: 'helper', channel: 'telegram', peerId: '4711' }
      const first = await handle.getOrCreate(scope, { metadata: { topic: 'engines' } })
      expect(first.created).toBe(true)
      expect(first.session).toMatchObject({
        id: 'agent:helper:telegram:direct:4711',
        agentId: 'helper',
        channel: 'telegram',
        kind: 'direct',
        metadata: { topic: 'engines' },
      })
      const again = await handle.getOrCreate({ ...scope })
      expect([again.created, again.session.id]).toEqual([false, first.session.id])
      expect((await handle.get(first.session.id))?.id).toBe(first.session.id)
    })

    it.each([
      [{ agentId: 'a' }, 'direct'],
      [{ agentId: 'a', channel: 'c', groupId: 'g' }, 'group'],
      [{ agentId: 'a', channel: 'c', groupId: 'g', threadId: 't' }, 'thread'],
    ])('%j is of kind %s, unless it is said otherwise', async (scope, kind) => {
      const handle = scene.manager().asService()
      expect((await handle.getOrCreate(scope)).session.kind).toBe(kind)
      const other = await handle.getOrCreate({ ...scope, agentId: 'b' }, { kind: 'task' })
      expect(other.session.kind).toBe('task')
    })

    it('is refused when the scope is wrong, and nothing is made', async () => {
      const handle = scene.manager().asService()
      await expect(handle.getOrCreate({ agentId: '' })).rejects.toMatchObject({ code: 'SCOPE_INVALID' })
      await expect(handle.getOrCreate({ agentId: 'a', peer: 'x' } as never)).rejects.toMatchObject({
        code: 'SCOPE_INVALID',
      })
      await expect(handle.getOrCreate(null as never)).rejects.toMatchObject({ code: 'SCOPE_INVALID' })
      expect(await handle.count()).toBe(0)
    })
  })

  describe('made from a template', () => {
    const templates = {
      support: { systemPrompt: 'You help.', context: { language: 'de', tone: 'warm' }, capabilities: ['search'] },
    }

    it("has its agent's configuration, also when it is loaded elsewhere and the template has changed", async () => {
      const made = await scene.manager({ templates }).asService().create({ template: 'support' })
      expect(made.settings).toEqual({ ...templates.support, template: 'support' })
      const other = scene.manager({ templates: { support: { systemPrompt: 'Changed.' } } })
      expect((await other.asService().get(made.id))?.settings).toEqual(made.settings)
    })

    it('lets settings of its own stand over it', async () => {
      const handle = scene.manager({ templates }).asService()
      const made = await handle.create({ template: 'support', settings: { context: { language: 'fr' }, model: 'm' } })
      expect(made.settings).toEqual({
        systemPrompt: 'You help.',
        context: { language: 'fr' },
        capabilities: ['search'],
        model: 'm',
        template: 'support',
      })
    })

    it('is refused for a template that the manager does not have', async () => {
      const handle = scene.manager({ templates }).asService()
      for (const template of ['sales', 'toString', 5 as never, '']) {
        await expect(handle.create({ template })).rejects.toMatchObject({ code: 'TEMPLATE_UNKNOWN' })
      }
      expect(await handle.count()).toBe(0)
    })
  })

  it.each<[string, unknown, string]>([
    ['keys', { direct: 'per-moon' }, 'KEYS_INVALID'],
    ['keys', { scope: 'main' }, 'KEYS_INVALID'],
    ['keys', null, 'KEYS_INVALID'],
    ['templates', { a: { prompt: 'x' } }, 'TEMPLATE_INVALID'],
  ])('a manager is refused with %s %j', (name, value, code) => {
    expect(() => scene.manager({ [name]: value })).toThrow(expect.objectContaining({ code }))
  })
})
