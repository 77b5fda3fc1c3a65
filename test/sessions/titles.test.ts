import type { NeutralMessage, SessionManagerOptions } from '@everthread/core'
import { describe, expect, it, vi } from 'vitest'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { user } from './talk.ts'

describe.each(subjects)('the title of a session on $name', (subject) => {
  const scene = Scene.on(subject)
  const talked = async (options: Partial<SessionManagerOptions> = {}) => {
    const session = await scene.manager(options).asService().create({ id: 'chat' })
    await session.messages.append(user('Plan a trip to Oslo in winter'))
    return { session, elsewhere: async () => (await scene.manager().asService().get('chat'))?.title }
  }

  it('is what the user said first, cut as the manager says, and kept', async () => {
    const { session, elsewhere } = await talked({ titles: { maxLength: 15 } })
    expect(await session.generateTitle()).toBe('Plan a trip to')
    expect([session.title, await elsewhere()]).toEqual(['Plan a trip to', 'Plan a trip to'])
  })

  it('is not there while the user has said nothing', async () => {
    const session = await scene.manager().asService().create()
    expect(await session.generateTitle()).toBeUndefined()
    expect(session.title).toBeUndefined()
  })

  it('is made by the model once, whoever asks and however often', async () => {
    const model = vi.fn(async (messages: NeutralMessage[]) => `  ${messages.length} message\nabout Oslo `)
    const { session, elsewhere } = await talked({ titles: model })
    expect(await Promise.all([session.generateTitle(), session.generateTitle()])).toEqual(
      Array(2).fill('1 message about Oslo'),
    )
    expect(await session.generateTitle(() => 'another')).toBe('1 message about Oslo')
    expect(await elsewhere()).toBe('1 message about Oslo')
    expect(model).toHaveBeenCalledTimes(1)
  })

  it('given when the session was made is not made again', async () => {
    const model = vi.fn(() => 'other')
    const sessions = scene.manager({ titles: { model } })
    const session = await sessions.asService().create({ title: 'Mine' })
    expect(await session.generateTitle()).toBe('Mine')
    expect(model).not.toHaveBeenCalled()
  })

  it.each<[string, SessionManagerOptions['titles']]>([
    ['throws', () => Promise.reject(new Error('no credit'))],
    [
      'throws at once',
      () => {
        throw new Error('no credit')
      },
    ],
    ['gives no text', () => 7 as never],
    ['gives nothing', () => ' \n'],
    ['never ends', { model: () => new Promise<string>(() => undefined), timeoutMs: 5 }],
  ])('falls back when the model %s, and an event tells of it', async (_, titles) => {
    const { session } = await talked({ ...(titles === undefined ? {} : { titles }) })
    expect(await session.generateTitle()).toBe('Plan a trip to Oslo in winter')
    const failures = scene.events.filter(({ type }) => type === 'error')
    expect(failures).toMatchObject([{ sessionId: 'chat', code: 'TITLE_MODEL_FAILED', by: 'service' }])
    expect(failures[0]?.cause).toBeDefined()
  })

  it('cannot be changed by what the model does with the messages', async () => {
    const { session } = await talked({
      titles: (messages) => {
        Object.assign(messages[0] as NeutralMessage, { role: 'x' })
        return 'Title'
      },
    })
    await session.generateTitle()
    expect((await session.messages.list())[0]?.role).toBe('user')
  })

  it('of a session that is gone is refused', async () => {
    const { session } = await talked()
    await session.delete()
    await expect(session.generateTitle()).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
  })

  it.each([[null], [{ model: 'gpt' }], [{ maxLength: 0 }], [{ maxLength: 513 }], [{ timeoutMs: -1 }], [{ length: 3 }]])(
    'is refused for options %j',
    async (titles) => {
      await expect(talked({ titles: titles as never })).rejects.toMatchObject({ code: 'TITLES_INVALID' })
      const { session } = await talked()
      await expect(session.generateTitle(titles as never)).rejects.toMatchObject({ code: 'TITLES_INVALID' })
    },
  )
})
