import { memoryStore } from '@everthread/core/memory'
import { describe, expect, it } from 'vitest'
import { appendedAfter } from '../../src/checkpoint/appended.ts'
import { type NeutralMessage, type Session, SessionManager } from '../../src/index.ts'
import { mergeMessages } from '../../src/session/history.ts'

const say = (id: string, role = 'user', content = id): NeutralMessage => ({
  id,
  role,
  parts: [{ type: 'text', content }],
})
const ids = (messages: readonly NeutralMessage[]): unknown[] => messages.map(({ id }) => id)

describe('messages that come to a history', () => {
  const before = [say('a'), say('b')]

  it('come behind it, or by id in the place of others', () => {
    expect(mergeMessages(before, [])).toBe(before)
    expect(mergeMessages(before, [say('c'), say('a', 'user', 'new')])).toEqual([
      say('a', 'user', 'new'),
      say('b'),
      say('c'),
    ])
    const nameless = { role: 'user', parts: [] }
    expect(mergeMessages(before, [nameless, nameless])).toHaveLength(4)
  })

  it('end others, one by one or all before', () => {
    expect(ids(mergeMessages(before, [say('a', 'remove'), say('none', 'remove'), say('c')]))).toEqual(['b', 'c'])
    expect(ids(mergeMessages(before, [say('a', 'remove'), say('a')]))).toEqual(['b', 'a'])
    expect(ids(mergeMessages(before, [say('c'), say('__remove_all__', 'remove'), say('d')]))).toEqual(['d'])
  })
})

it('what stands behind the first entries is told only where these are the first', () => {
  const runs = [
    { segment: 's', from: 0, to: 3 },
    { segment: 't', from: 0, to: 1 },
  ]
  const all = { runs, count: 4 }
  const first = { runs: [{ segment: 's', from: 0, to: 2 }], count: 2 }
  expect(appendedAfter(all, first)).toEqual({ runs: [{ segment: 's', from: 2, to: 3 }, runs[1]], count: 2 })
  expect(appendedAfter(all, all)).toEqual({ runs: [], count: 0 })
  expect(appendedAfter(all, { runs: [{ segment: 'u', from: 0, to: 1 }], count: 1 })).toBeUndefined()
})

describe('a session that nobody has made', () => {
  const opened = (): Session => new SessionManager({ store: memoryStore() }).asService().open('x')

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
    const session = await new SessionManager({ store: memoryStore() }).asService().create({ id: 'x' })
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
  it('that is too large together lands one by one, and what is too large alone is refused alone', async () => {
    const session = await new SessionManager({ store: memoryStore({ codec: { compression: false } }) })
      .asService()
      .create({ id: 'x' })
    const large = 'x'.repeat(5 * 1024 * 1024)
    const outcomes = await Promise.allSettled([
      session.data.set('a', large),
      session.data.set('b', large),
      session.data.set('c', large + large),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(Object.keys(await session.data.all())).toEqual(['a', 'b'])
  })

  it('is found by a process that has not heard of a hard reset', async () => {
    const store = memoryStore()
    const open = () => new SessionManager({ store }).asService().open('x')
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
