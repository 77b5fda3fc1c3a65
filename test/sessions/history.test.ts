import type { NeutralMessage, Session } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'

const say = (id: string, role = 'user', content = id): NeutralMessage => ({
  id,
  role,
  parts: [{ type: 'text', content }],
})

describe.each(subjects)('on $name', (subject) => {
  const scene = Scene.on(subject)

  describe('a session that nobody has made', () => {
    const opened = (): Session => scene.manager().asService().open('x')

    it('has nothing', async () => {
      const session = opened()
      expect(await session.messages.list()).toEqual([])
      expect(await session.messages.list({ removed: true })).toEqual([])
      expect(await session.branches.list()).toEqual([])
      expect(await session.checkpoints.latest()).toBeUndefined()
      expect(await session.data.all()).toEqual({})
      for await (const message of session.messages.stream()) throw new Error(`There is ${message.id}`)
      await expect(session.messages.list({ branch: 'main' })).rejects.toMatchObject({ code: 'BRANCH_NOT_FOUND' })
      await expect(session.update({ title: 'x' })).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    })

    it.each([
      ['data', (session: Session) => session.data.set('a', 1)],
      ['a checkpoint', (session: Session) => session.checkpoints.save(1)],
      ['a message', (session: Session) => session.messages.append(say('a'))],
      ['a message after none', (session: Session) => session.messages.append(say('a'), { parent: null })],
      ['a reset', (session: Session) => session.reset()],
    ])('is made by %s', async (_, act) => {
      const session = opened()
      await act(session)
      expect(session.createdAt).toBeGreaterThan(0)
    })
  })

  describe('a history', () => {
    const begin = async (): Promise<Session> => {
      const session = await scene.manager().asService().create({ id: 'x' })
      await session.messages.append(Array.from({ length: 250 }, (_, at) => say(`${at}`)))
      return session
    }
    const streamed = async (session: Session, branch?: string): Promise<NeutralMessage[]> => {
      const all: NeutralMessage[] = []
      for await (const message of session.messages.stream(branch === undefined ? {} : { branch })) all.push(message)
      return all
    }

    it('is streamed as it is listed, on every branch', async () => {
      const session = await begin()
      await session.messages.append(say('3', 'user', 'better'))
      await session.branches.fork({ from: '120', name: 'f' })
      expect(await streamed(session)).toEqual(await session.messages.list())
      expect(await streamed(session, 'f')).toEqual(await session.messages.list({ branch: 'f' }))
      expect(await streamed(session, 'main')).toHaveLength(250)
    })

    it('is gone from every reader of a session that was deleted', async () => {
      const session = await begin()
      await session.delete()
      const gone = { code: 'SESSION_NOT_FOUND' }
      await expect(streamed(session)).rejects.toMatchObject(gone)
      await expect(session.messages.list({ removed: true })).rejects.toMatchObject(gone)
      await expect(session.checkpoints.list()).rejects.toMatchObject(gone)
      await expect(session.branches.list()).rejects.toMatchObject(gone)
    })
  })

  describe('data', () => {
    it('is found by a process that has not heard of a hard reset', async () => {
      const open = () => scene.manager().asService().open('x')
      const [here, there] = [open(), open()]
      await here.data.set('a', 1)
      expect(await there.data.get('a')).toBe(1)
      await here.reset({ mode: 'hard' })
      expect(await there.data.get('a')).toBeUndefined()
      await here.undo()
      await Promise.all([there.data.set('b', 2), here.reset({ mode: 'hard' })])
      await here.undo()
      expect(await there.data.get('a')).toBe(1)
    })
  })
})
