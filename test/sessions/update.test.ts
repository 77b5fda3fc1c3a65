import { describe, expect, it } from 'vitest'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { begin, user } from './talk.ts'

describe.each(subjects)('what is said of a session on $name', (subject) => {
  const scene = Scene.on(subject)

  it('is changed by a patch: the rest stays', async () => {
    const { id, session } = await begin(scene)
    await session.update({ title: 'Engines', metadata: { topic: 'brass', page: 1 }, settings: { model: 'small' } })
    await session.update({ metadata: { page: 2, topic: undefined }, channel: 'slack' })
    const found = await scene.manager().asService().get(id)
    expect(found).toMatchObject({ title: 'Engines', channel: 'slack' })
    expect(found?.metadata).toEqual({ page: 2 })
    expect(found?.settings).toEqual({ model: 'small' })
    expect(session.metadata).toEqual({ page: 2 })
    expect(await session.data.all()).toEqual({})
  })

  it('is changed by functions of many at once, none of them in vain', async () => {
    const { id, session } = await begin(scene)
    const sessions = [session, ...(await Promise.all([1, 2].map(() => scene.manager().asService().get(id))))]
    await Promise.all(
      Array.from({ length: 30 }, (_, at) =>
        sessions[at % 3]?.update(({ metadata }) => {
          const next = { metadata: { n: ((metadata.n as number) ?? 0) + 1 } }
          return at % 10 === 0 ? Promise.resolve(next) : next
        }),
      ),
    )
    expect((await scene.manager().asService().get(id))?.metadata).toEqual({ n: 30 })
  })

  it('is refused when it is wrong, and stays', async () => {
    const { session } = await begin(scene)
    const refused: [unknown, string][] = [
      [null, 'SESSION_INVALID'],
      [{ data: { a: 1 } }, 'SESSION_INVALID'],
      [{ title: 1 }, 'SESSION_INVALID'],
      [{ channel: '' }, 'SESSION_INVALID'],
      [{ metadata: { at: new Date() } }, 'METADATA_INVALID'],
      [() => ({ userId: 'bob' }), 'SESSION_INVALID'],
    ]
    for (const [change, code] of refused) await expect(session.update(change as never)).rejects.toMatchObject({ code })
    await expect(session.update(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
    expect(session.metadata).toEqual({})
  })

  it('is shown at a glance', async () => {
    const { session } = await begin(scene)
    await session.update({ title: 'Engines', settings: { maxMessages: 20 } })
    await session.messages.append([
      user('What engine is this?'),
      { role: 'assistant', parts: [{ type: 'tool_call', id: '1', name: 'look' }] },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: '1', response: 'brass' }] },
    ])
    expect(await session.status()).toEqual({
      messageCount: 3,
      toolCallCount: 1,
      createdAt: scene.now,
      updatedAt: scene.now,
      estimatedTokens: expect.any(Number),
      maxMessages: 20,
      resetPolicy: 'off',
      title: 'Engines',
      expiresAt: session.expiresAt,
      compactions: 0,
    })
    expect((await session.status()).estimatedTokens).toBeGreaterThan(5)
  })
})
