import { describe, expect, it } from 'vitest'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'

const said = { role: 'user', parts: [{ type: 'text' as const, content: 'mine' }] }

describe.each(subjects)('access to sessions on $name', (subject) => {
  const scene = Scene.on(subject)
  const ada = () => scene.manager().as({ userId: 'ada' })
  const bob = () => scene.manager().as({ userId: 'bob' })

  it('looks the same from outside whatever is wrong, and different in the events', async () => {
    const own = await ada().create()
    const elsewhere = await scene.manager({ tenant: 'elsewhere' }).as({ userId: 'bob' }).create()
    const gone = await bob().create()
    await gone.delete()
    scene.heard()
    for (const id of [own.id, elsewhere.id, 'guessed', gone.id]) {
      expect([id, await bob().get(id)]).toEqual([id, undefined])
      expect([id, await bob().exists(id)]).toEqual([id, false])
      expect([id, await bob().delete(id)]).toEqual([id, false])
    }
    const codes = ['SESSION_NOT_YOURS', 'SESSION_OF_OTHER_TENANT', 'SESSION_NOT_FOUND', 'SESSION_DELETED']
    expect(scene.heard()).toEqual(codes.flatMap((code) => Array(3).fill(`denied ${code}`)))
    expect(await ada().get(own.id)).toBeDefined()
  })

  it('says in the event who asked, for what, and whose it is', async () => {
    const { id } = await ada().create({ agentId: 'guide' })
    scene.heard()
    await bob().get(id)
    expect(scene.events).toEqual([
      {
        type: 'denied',
        code: 'SESSION_NOT_YOURS',
        tenant: scene.tenant,
        sessionId: id,
        userId: 'ada',
        agentId: 'guide',
        by: 'bob',
        at: scene.now,
      },
    ])
  })

  it('ends when the session is deleted and made anew by another under its id', async () => {
    const first = await ada().create({ id: 'chat', metadata: { of: 'ada' } })
    await first.messages.append(said)
    expect(await ada().delete('chat')).toBe(true)
    const second = await bob().create({ id: 'chat', metadata: { of: 'bob' } })
    await second.messages.append(said)
    const notFound = { code: 'SESSION_NOT_FOUND' }
    await expect(first.messages.list()).rejects.toMatchObject(notFound)
    await expect(first.messages.append(said)).rejects.toMatchObject(notFound)
    await expect(first.turn((turn) => turn.append(said))).rejects.toMatchObject(notFound)
    await expect(first.refresh()).rejects.toMatchObject(notFound)
    await expect(first.archive()).rejects.toMatchObject(notFound)
    expect(await first.delete()).toBe(false)
    expect(first.metadata).toEqual({ of: 'ada' })
    expect(await ada().get('chat')).toBeUndefined()
    expect(await bob().get('chat')).toMatchObject({ metadata: { of: 'bob' }, state: 'active', counts: { messages: 1 } })
  })

  it('ends when the session is deleted, and nothing that is then written brings it back', async () => {
    const first = await ada().create({ id: 'chat' })
    await first.messages.append(said)
    await ada().delete('chat')
    await expect(first.messages.append(said)).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    await expect(first.restore()).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    expect(await ada().exists('chat')).toBe(false)
    expect(await scene.manager().asService().count()).toBe(0)
  })

  it("gives nobody a session that is another user's by asking for its id", async () => {
    await ada().create({ id: 'chat' })
    scene.heard()
    await expect(bob().getOrCreate('chat')).rejects.toMatchObject({ code: 'SESSION_EXISTS' })
    await expect(bob().create({ id: 'chat' })).rejects.toMatchObject({ code: 'SESSION_EXISTS' })
    expect(scene.heard()).toEqual(Array(2).fill('denied SESSION_NOT_YOURS'))
    await expect(bob().create({ userId: 'ada' })).rejects.toMatchObject({ code: 'USER_INVALID' })
  })
})
