import { memoryStore } from '@everthread/core/memory'
import { describe, expect, it } from 'vitest'
import { SessionManager, type SessionManagerOptions } from '../../src/index.ts'

const managerWith = (options: Partial<SessionManagerOptions>) =>
  new SessionManager({ store: memoryStore(), ...options })

describe('a session of a scope', () => {
  it('is made once, and found again by whoever names the scope', async () => {
    const handle = managerWith({ keys: { direct: 'per-channel-peer' } }).asService()
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
    const handle = managerWith({}).asService()
    expect((await handle.getOrCreate(scope)).session.kind).toBe(kind)
    const other = await handle.getOrCreate({ ...scope, agentId: 'b' }, { kind: 'task' })
    expect(other.session.kind).toBe('task')
  })

  it('is refused when the scope is wrong, and nothing is made', async () => {
    const handle = managerWith({}).asService()
    await expect(handle.getOrCreate({ agentId: '' })).rejects.toMatchObject({ code: 'SCOPE_INVALID' })
    await expect(handle.getOrCreate({ agentId: 'a', peer: 'x' } as never)).rejects.toMatchObject({
      code: 'SCOPE_INVALID',
    })
    await expect(handle.getOrCreate(null as never)).rejects.toMatchObject({ code: 'SCOPE_INVALID' })
    expect(await handle.count()).toBe(0)
  })
})

describe('a session made from a template', () => {
  const templates = {
    support: { systemPrompt: 'You help.', context: { language: 'de', tone: 'warm' }, capabilities: ['search'] },
  }

  it("has its agent's configuration, also when it is loaded elsewhere and the template has changed", async () => {
    const store = memoryStore()
    const made = await managerWith({ store, templates }).asService().create({ template: 'support' })
    expect(made.settings).toEqual({ ...templates.support, template: 'support' })
    const other = managerWith({ store, templates: { support: { systemPrompt: 'Changed.' } } })
    expect((await other.asService().get(made.id))?.settings).toEqual(made.settings)
  })

  it('lets settings of its own stand over it', async () => {
    const handle = managerWith({ templates }).asService()
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
    const handle = managerWith({ templates }).asService()
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
  expect(() => managerWith({ [name]: value })).toThrow(expect.objectContaining({ code }))
})
