import type { Commit, SessionManager } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { allRows, HookedStore } from '../../packages/core/test/checkpoint/hooked-store.ts'
import { HOUR, Scene } from './scene.ts'
import { subjects } from './subjects.ts'

const said = { role: 'user', parts: [{ type: 'text' as const, content: 'meanwhile' }] }
const deletes = ({ ops }: Commit): boolean => ops.some((op) => 'delPrefix' in op && op.delPrefix === '')
const indexes = ({ index }: Commit): boolean => index !== undefined

describe.each(subjects)('a session on $name that is written to while', (subject) => {
  const scene = Scene.on(subject)
  const ada = (sessions = scene.manager()) => sessions.as({ userId: 'ada' })

  /** A process: before those of its commits that `is` says, another one does something, so many times. */
  const interrupted = (is: (commit: Commit) => boolean, times: number, act: () => unknown): SessionManager => {
    const store = new HookedStore(scene.store)
    let left = times
    store.beforeCommit = async (commit) => {
      if (is(commit) && left-- > 0) await act()
    }
    return scene.manager({ store })
  }

  it('it is deleted is gone all the same, whole', async () => {
    const other = await ada().create({ id: 'chat' })
    expect(await ada(interrupted(deletes, 3, () => other.messages.append(said))).delete('chat')).toBe(true)
    expect(await ada().get('chat')).toBeUndefined()
    await expect(other.messages.append(said)).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    const rows = await allRows(scene.store, { tenant: scene.tenant, id: 'chat' })
    expect(rows.map(({ key }) => key)).toEqual(['g'])
  })

  it('it is deleted, without end, is not, and says so', async () => {
    const other = await ada().create({ id: 'chat' })
    const sessions = interrupted(deletes, Number.POSITIVE_INFINITY, () => other.refresh())
    await expect(ada(sessions).delete('chat')).rejects.toMatchObject({ code: 'CONFLICT' })
    expect((await ada().get('chat'))?.state).toBe('active')
  })

  it('a sweep is about to call it expired is not', async () => {
    const other = await ada().create({ id: 'chat', ttl: HOUR })
    scene.heard()
    scene.now += HOUR
    expect(await interrupted(indexes, 1, () => other.refresh()).sweep()).toBe(0)
    expect(other.state).toBe('active')
    expect(scene.heard()).toEqual([])
  })
})
