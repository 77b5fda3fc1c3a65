import { partitionOfKind } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE, Scene } from './scene.ts'
import { subjects } from './subjects.ts'

describe.each(subjects)('a sweep on $name', (subject) => {
  const scene = Scene.on(subject)
  const service = () => scene.manager().asService()
  const sweep = () => scene.manager().sweep()

  it('announces what has become idle and what has expired, each once, and deletes what is over', async () => {
    await service().createMany([{ id: 'a' }, { id: 'b', ttl: 45 * MINUTE }, { id: 'c', expiry: false }])
    scene.heard()
    expect(await sweep()).toBe(0)
    scene.now += 40 * MINUTE
    expect(await sweep()).toBe(0)
    expect(scene.events.map(({ type, sessionId }) => `${type} ${sessionId}`).sort()).toEqual([
      'idle a',
      'idle b',
      'idle c',
    ])
    scene.heard()
    scene.now += 10 * MINUTE
    expect(await sweep()).toBe(1)
    scene.now += 4 * HOUR
    expect(await sweep()).toBe(1)
    expect(await sweep()).toBe(0)
    expect(scene.heard()).toEqual(['expired', 'expired'])
    scene.now += 30 * 24 * HOUR
    expect(await sweep()).toBe(2)
    expect(scene.heard()).toEqual(['deleted', 'deleted'])
    expect((await service().list()).sessions.map(({ id }) => id)).toEqual(['c'])
  })

  it('is put off by activity, which writes nothing for it', async () => {
    const session = await service().create({ id: 'chat' })
    scene.now += 3 * HOUR
    await session.refresh()
    scene.now += 3 * HOUR
    expect(await sweep()).toBe(0)
    expect(session.state).toBe('idle')
    scene.now += HOUR
    expect(await sweep()).toBe(1)
    expect(scene.heard()).toEqual(['created', 'idle', 'expired'])
    await session.refresh()
    expect(session.state).toBe('active')
    scene.now += HOUR
    await sweep()
    expect(scene.heard()).toEqual(['resumed', 'idle'])
  })

  it('leaves alone what was archived, and what no manager made', async () => {
    const session = await service().create({ id: 'chat' })
    await service().open('thread').messages.append({ role: 'user', parts: [] })
    await session.archive()
    scene.heard()
    scene.now += 1_000 * HOUR
    expect(await sweep()).toBe(0)
    expect(scene.heard()).toEqual([])
    await session.restore()
    scene.now += 5 * HOUR
    expect(await sweep()).toBe(1)
  })

  it('is shared by processes: none does what another does', async () => {
    await service().createMany(Array.from({ length: 120 }, () => ({ ttl: HOUR })))
    scene.heard()
    scene.now += HOUR
    const counts = await Promise.all([sweep(), sweep(), sweep()])
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(120)
    const ids = scene.events.map(({ type, sessionId }) => `${type} ${sessionId}`)
    expect(new Set(ids).size).toBe(120)
    expect(ids).toHaveLength(120)
  })

  it('takes over what a process that died had begun, once its lease is over', async () => {
    const { id } = await service().create({ ttl: HOUR })
    scene.now += HOUR
    await sweep()
    scene.heard()
    const value = (given: unknown) => new TextEncoder().encode(JSON.stringify(given))
    const left = Array.from({ length: 16 }, (_, part) => [
      { put: `lease/${part}`, value: value({}), ttlMs: 30_000 },
      { put: `doing/${part}`, value: value(part === 0 ? [id, 'gone'] : []) },
    ]).flat()
    await scene.store.commit(partitionOfKind('sweep', scene.tenant, 'parts'), { id: 'left', ops: left })
    await sweep()
    expect(scene.heard()).toEqual([])
    scene.now += 30_000
    expect(await sweep()).toBe(0)
    expect(scene.events.map(({ type, sessionId, detail }) => [type, sessionId, detail])).toEqual([
      ['expired', id, { again: true }],
      ['deleted', 'gone', { again: true }],
    ])
    scene.heard()
    await sweep()
    expect(scene.heard()).toEqual([])
  })

  it('waits while the session waits for an answer', async () => {
    const session = await service().create({ id: 'chat', ttl: HOUR })
    const call = { type: 'tool_call' as const, id: 'c1', name: 'refund', arguments: {} }
    await session.messages.append({ role: 'assistant', parts: [call] })
    expect(session.expiresAt).toBeUndefined()
    scene.now += 2 * HOUR
    expect(await sweep()).toBe(0)
    expect(session.state).toBe('idle')
    await session.messages.append({ role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'yes' }] })
    expect(session.expiresAt).toBe(scene.now + HOUR)
    scene.now += HOUR
    expect(await sweep()).toBe(1)
  })
})
