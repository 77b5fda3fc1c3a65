import { memoryStore } from '@everthread/core/memory'
import { describe, expect, it } from 'vitest'
import { HOUR, SessionScene } from '../session/scene.ts'

describe('the life of sessions on an encrypted store', () => {
  it('is the same', async () => {
    const clocked = new SessionScene()
    const keys = [{ id: 'k1', key: new Uint8Array(32).fill(7) }]
    const store = memoryStore({ clock: clocked.clock, codec: { keys } })
    const sessions = clocked.manager({ store, limits: { perUser: 2, total: 3 } })
    const ada = sessions.as({ userId: 'ada' })
    for (const id of ['a', 'b', 'c']) {
      clocked.now += 1_000
      await ada.create({ id, agentId: 'guide', ttl: HOUR, metadata: { secret: id } })
    }
    expect((await ada.list({ agentId: 'guide', state: 'active' })).sessions.map(({ id }) => id)).toEqual(['c', 'b'])
    expect(clocked.heard()).toEqual(['created', 'created', 'limit SESSION_LIMIT', 'archived', 'created'])
    clocked.now += HOUR
    expect(await sessions.sweep()).toBe(2)
    expect(clocked.heard()).toEqual(['expired', 'expired'])
    expect(await ada.delete('b')).toBe(true)
    expect(await ada.get('b')).toBeUndefined()
    expect(clocked.heard()).toEqual(['deleted', 'denied SESSION_DELETED'])
    await ada.create({ id: 'b', metadata: { secret: 'new' } })
    expect((await ada.get('b'))?.metadata).toEqual({ secret: 'new' })
    clocked.now += 8 * 24 * HOUR
    expect((await ada.get('b'))?.state).toBe('expired')
  })
})
