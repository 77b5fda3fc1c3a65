import { describe, expect, it } from 'vitest'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { begin, textsOf, user } from './talk.ts'

describe.each(subjects)('messages on $name', (subject) => {
  const scene = Scene.on(subject)

  it('are listed in their order, with ids and times, wherever they are read', async () => {
    const { session, elsewhere } = await begin(scene)
    const [one] = await session.messages.append(user('one'))
    await session.messages.append([user('two'), user('three')])
    const listed = await elsewhere().messages.list()
    expect(textsOf(listed)).toEqual(['one', 'two', 'three'])
    expect(listed[0]).toEqual(one)
    expect(one).toMatchObject({ id: expect.any(String), createdAt: expect.any(Number) })
    expect(await elsewhere().messages.count()).toBe(3)
    expect(await elsewhere().messages.get(String(one?.id))).toEqual(one)
    expect(await session.messages.get('none')).toBeUndefined()
  })

  it('are listed by pages, from either end', async () => {
    const { session } = await begin(scene)
    const all = await session.messages.append(['a', 'b', 'c', 'd', 'e'].map((text) => user(text, { id: text })))
    expect(all).toHaveLength(5)
    const list = async (query: Parameters<typeof session.messages.list>[0]) =>
      textsOf(await session.messages.list(query))
    expect(await list({ limit: 2 })).toEqual(['d', 'e'])
    expect(await list({ before: 'd', limit: 2 })).toEqual(['b', 'c'])
    expect(await list({ after: 'b', limit: 2 })).toEqual(['c', 'd'])
    expect(await list({ after: 'a', before: 'd' })).toEqual(['b', 'c'])
    expect(await list({ limit: 0 })).toEqual([])
  })

  it('are counted by the session in the same commit', async () => {
    const { id, session } = await begin(scene)
    await session.messages.append([user('one'), user('two')])
    expect((await scene.manager().asService().get(id))?.counts.messages).toBe(2)
  })

  it('are appended once under a commit id, by whichever process', async () => {
    const { id, session, elsewhere } = await begin(scene)
    const first = await session.messages.append([user('a'), user('b')], { commitId: 'request' })
    const again = await elsewhere().messages.append([user('a'), user('b')], { commitId: 'request' })
    expect(again.map((message) => message.id)).toEqual(first.map((message) => message.id))
    await Promise.all([1, 2, 3].map(() => elsewhere().messages.append(user('c'), { commitId: 'other' })))
    expect(textsOf(await elsewhere().messages.list())).toEqual(['a', 'b', 'c'])
    expect((await scene.manager().asService().get(id))?.counts.messages).toBe(3)
  })

  it('are appended once by their id, and replaced at their place by another version', async () => {
    const { id, session, elsewhere } = await begin(scene)
    await session.messages.append([user('a', { id: '1' }), user('b', { id: '2' })])
    await elsewhere().messages.append([user('a', { id: '1' }), user('c', { id: '3' })])
    await session.messages.append(user('a, better', { id: '1' }))
    expect(textsOf(await elsewhere().messages.list())).toEqual(['a, better', 'b', 'c'])
    expect((await scene.manager().asService().get(id))?.counts.messages).toBe(3)
  })

  it('are replaced as often as one likes', async () => {
    const { session, elsewhere } = await begin(scene)
    await session.messages.append(Array.from({ length: 100 }, (_, at) => user(`${at}`, { id: `${at}` })))
    for (let at = 0; at < 100; at += 2) await session.messages.append(user(`${at}!`, { id: `${at}` }))
    const expected = Array.from({ length: 100 }, (_, at) => (at % 2 === 0 ? `${at}!` : `${at}`))
    expect(textsOf(await elsewhere().messages.list())).toEqual(expected)
  })

  it('by many at once under the same ids are there once', async () => {
    const { session, elsewhere } = await begin(scene)
    const writers = [session, elsewhere(), elsewhere(), elsewhere()]
    const batch = ['a', 'b', 'c'].map((text) => user(text, { id: text }))
    await Promise.all(writers.flatMap((writer) => batch.map((message) => writer.messages.append(message))))
    expect(textsOf(await elsewhere().messages.list()).sort()).toEqual(['a', 'b', 'c'])
  })

  it('are refused with one clear error, and nothing of them lands', async () => {
    const { session } = await begin(scene)
    const refused: [() => Promise<unknown>, string][] = [
      [() => session.messages.append([user('fine'), { role: 'user' } as never]), 'MESSAGE_INVALID'],
      [() => session.messages.append(user('x', { id: '' })), 'MESSAGE_INVALID'],
      [() => session.messages.append(undefined as never), 'MESSAGE_INVALID'],
      [() => session.messages.append(user('x'), { commitId: '' }), 'COMMIT_ID_INVALID'],
      [() => session.messages.list({ limit: -1 }), 'LIST_INVALID'],
      [() => session.messages.list({ before: '' }), 'LIST_INVALID'],
      [() => session.messages.list({ after: 'none' }), 'MESSAGE_NOT_FOUND'],
    ]
    for (const [act, code] of refused) await expect(act()).rejects.toMatchObject({ code })
    expect(await session.messages.list()).toEqual([])
  })

  it('of a session that was deleted are neither read nor written', async () => {
    const { id, session } = await begin(scene)
    await session.messages.append(user('gone'))
    await scene.manager().asService().delete(id)
    await expect(session.messages.append(user('late'))).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    await expect(session.messages.list()).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    await expect(session.data.set('late', 1)).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    await expect(session.data.get('late')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    expect(await scene.manager().asService().exists(id)).toBe(false)
  })
})
