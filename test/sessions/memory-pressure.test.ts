import { LifecycleManager, type SessionManager } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { MINUTE, Scene } from './scene.ts'
import { subjects } from './subjects.ts'

const said = { role: 'user', parts: [{ type: 'text' as const, content: 'hello' }] }

describe.each(subjects)('a process on $name that runs short of memory', (subject) => {
  const scene = Scene.on(subject)

  /** Sessions `a`, `b`, `c`, idle in this order, and `d`, which is active. */
  const worked = async (): Promise<SessionManager> => {
    const sessions = scene.manager()
    for (const id of ['a', 'b', 'c', 'd']) {
      const session = await sessions.as({ userId: 'ada' }).create({ id })
      await session.messages.append(said)
      scene.now += id === 'c' ? 30 * MINUTE : MINUTE
    }
    scene.heard()
    return sessions
  }
  const states = async () => {
    const { sessions } = await scene.manager().asService().list()
    return Object.fromEntries(sessions.map(({ id, state }) => [id, state]))
  }

  it('archives what has been idle for longest, until it is enough, and each can be restored', async () => {
    const sessions = await worked()
    // Looked at twice before, then without what saves reading, without handles, and after each that is archived.
    const shares = [0.9, 0.9, 0.9, 0.9, 0.9, 0.5]
    const gauge = (): number => shares.shift() ?? 0.5
    await new LifecycleManager({ sessions, memory: { gauge } }).relieve()
    expect(scene.events.map(({ type, sessionId, by }) => [type, sessionId, by])).toEqual([
      ['archived', 'a', 'lifecycle'],
      ['archived', 'b', 'lifecycle'],
      ['limit', undefined, 'lifecycle'],
    ])
    expect(scene.events.at(-1)?.detail).toMatchObject({ share: 0.9, archived: 2 })
    expect(await states()).toEqual({ a: 'archived', b: 'archived', c: 'idle', d: 'active' })
    const { session } = await sessions.as({ userId: 'ada' }).getOrCreate('a')
    expect(await session.messages.list()).toHaveLength(1)
  })

  it('leaves alone what is at work, waits for an answer, is of a framework, or is active again', async () => {
    const sessions = await worked()
    const service = sessions.asService()
    const call = { type: 'tool_call' as const, id: 'c1', name: 'refund', arguments: {} }
    await (await service.get('a'))?.messages.append({ role: 'assistant', parts: [call] })
    await service.open('thread').messages.append(said)
    scene.now += 30 * MINUTE
    const lock = await (await scene.manager().asService().get('b'))?.lock({ ttl: 60_000 })
    await (await scene.manager().asService().get('c'))?.refresh()
    const lifecycle = new LifecycleManager({ sessions, memory: { gauge: () => 0.9 } })
    await lifecycle.relieve()
    expect(await states()).toMatchObject({ a: 'idle', b: 'idle', c: 'active', d: 'archived', thread: 'idle' })
    await lock?.release()
  })

  it('archives nothing when it is told not to', async () => {
    const sessions = await worked()
    await new LifecycleManager({ sessions, memory: { gauge: () => 0.9, archives: false } }).relieve()
    expect(scene.events).toMatchObject([{ code: 'MEMORY_PRESSURE', detail: { archived: 0 } }])
    expect(await states()).toMatchObject({ a: 'idle', b: 'idle', c: 'idle' })
  })
})
