import type { Commit } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { HOUR, SessionScene } from './scene.ts'

const said = { role: 'user', parts: [{ type: 'text' as const, content: 'meanwhile' }] }

/** Before a commit that `is` says, another process does something, so many times. */
function between(
  scene: SessionScene,
  is: (commit: Commit) => boolean,
  times: number,
  act: () => Promise<unknown>,
): void {
  const { commit } = scene.store
  let left = times
  scene.store.commit = async (partition, given) => {
    if (partition.id === 'chat' && is(given) && left-- > 0) await act()
    return commit.call(scene.store, partition, given)
  }
}

const deletes = ({ ops }: Commit): boolean => ops.some((op) => 'delPrefix' in op && op.delPrefix === '')

describe('a session that is written to while', () => {
  it('it is deleted is gone all the same, whole', async () => {
    const scene = new SessionScene()
    const session = await scene.sessions.as({ userId: 'ada' }).create({ id: 'chat' })
    const other = await scene.manager().as({ userId: 'ada' }).get('chat')
    between(scene, deletes, 3, async () => other?.messages.append(said))
    expect(await session.delete()).toBe(true)
    expect(await scene.sessions.as({ userId: 'ada' }).get('chat')).toBeUndefined()
    await expect(other?.messages.append(said)).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    const { rows } = await scene.store.read({ tenant: 'default', id: 'chat' }, [{ prefix: '', limit: 100 }])
    expect(rows[0]?.map(({ key }) => key)).toEqual(['g'])
  })

  it('it is deleted, without end, is not, and says so', async () => {
    const scene = new SessionScene()
    const session = await scene.sessions.as({ userId: 'ada' }).create({ id: 'chat' })
    const other = await scene.manager().as({ userId: 'ada' }).get('chat')
    between(scene, deletes, Number.POSITIVE_INFINITY, async () => other?.refresh())
    await expect(session.delete()).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(session.state).toBe('active')
  })

  it('a sweep is about to call it expired is not', async () => {
    const scene = new SessionScene()
    await scene.sessions.as({ userId: 'ada' }).create({ id: 'chat', ttl: HOUR })
    const other = await scene.manager().as({ userId: 'ada' }).get('chat')
    scene.heard()
    scene.now += HOUR
    between(
      scene,
      ({ index }) => index !== undefined,
      1,
      async () => other?.refresh(),
    )
    expect(await scene.sessions.sweep()).toBe(0)
    expect(other?.state).toBe('active')
    expect(scene.heard()).toEqual([])
  })
})
