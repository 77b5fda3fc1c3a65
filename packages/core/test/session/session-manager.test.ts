import { memoryStore } from '@everthread/core/memory'
import { describe, expect, it } from 'vitest'
import { SessionManager } from '../../src/index.ts'
import { meddled } from '../turn/scene.ts'

const newManager = () => new SessionManager({ store: memoryStore() })

describe('sessions of a user', () => {
  it('are made, found again, and seen by nobody else', async () => {
    const sessions = newManager()
    const made = await sessions.as({ userId: 'ada' }).create({ id: 'chat', metadata: { topic: 'engines' } })
    expect(made).toMatchObject({ id: 'chat', userId: 'ada', tenant: 'default' })
    expect((await sessions.as({ userId: 'ada' }).get('chat'))?.id).toBe('chat')
    expect(await sessions.as({ userId: 'bob' }).get('chat')).toBeUndefined()
    expect(await sessions.as({ userId: 'ada' }).get('none')).toBeUndefined()
    expect((await sessions.asService().get('chat'))?.userId).toBe('ada')
  })

  it('are given an id when none is named', async () => {
    const ada = newManager().as({ userId: 'ada' })
    expect((await ada.create()).id).not.toBe((await ada.create()).id)
  })

  it('are not made twice, nor in the place of those of others', async () => {
    const sessions = newManager()
    await sessions.as({ userId: 'ada' }).create({ id: 'chat' })
    const taken = { code: 'SESSION_EXISTS' }
    await expect(sessions.as({ userId: 'ada' }).create({ id: 'chat' })).rejects.toMatchObject(taken)
    await expect(sessions.as({ userId: 'bob' }).getOrCreate('chat')).rejects.toMatchObject(taken)
  })

  it('are got or made, also by two at once', async () => {
    const store = memoryStore()
    const handles = [1, 2, 3].map(() => new SessionManager({ store }).as({ userId: 'ada' }))
    const got = await Promise.all(handles.map((handle) => handle.getOrCreate('chat')))
    expect(got.map(({ session }) => session.id)).toEqual(['chat', 'chat', 'chat'])
    expect(got.filter(({ created }) => created)).toHaveLength(1)
    expect((await handles[0]?.getOrCreate('chat'))?.session.userId).toBe('ada')
  })

  it('are got or made by two calls of one process, though the first has not landed yet', async () => {
    const store = memoryStore()
    const slow = meddled(store, async (partition, commit) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return store.commit(partition, commit)
    })
    const ada = new SessionManager({ store: slow }).as({ userId: 'ada' })
    const got = await Promise.all([1, 2, 3].map(() => ada.getOrCreate('chat')))
    expect(got.filter(({ created }) => created)).toHaveLength(1)
  })
})

describe('the manager', () => {
  it.each([
    ['no store', () => new SessionManager({ store: undefined as never }), 'STORE_MISSING'],
    [
      'a lease that is too short',
      () => new SessionManager({ store: memoryStore(), lease: { ttlMs: 5 } }),
      'LEASE_INVALID',
    ],
    ['a user without an id', () => newManager().as({ userId: '' }), 'USER_INVALID'],
    ['a session without an id', () => newManager().asService().open(''), 'ID_INVALID'],
  ])('refuses %s', (_, act, code) => {
    expect(act).toThrow(expect.objectContaining({ code }))
  })
})
