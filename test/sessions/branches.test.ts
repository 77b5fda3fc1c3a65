import { randomUUID } from 'node:crypto'
import type { Session } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { begin, textsOf, user } from './talk.ts'

const seen = async (session: Session): Promise<unknown[]> => textsOf(await session.messages.list())
const say = (session: Session, ...texts: string[]) =>
  session.messages.append(texts.map((text) => user(text, { id: text })))

describe.each(subjects)('branches on $name', (subject) => {
  const scene = Scene.on(subject)

  it('begin with main, and show the history up to the message that they were made from', async () => {
    const { session, elsewhere } = await begin(scene)
    await say(session, 'a', 'b', 'c')
    expect(await session.branches.list()).toMatchObject([{ name: 'main', current: true, messages: 3 }])
    const fork = await elsewhere().branches.fork({ from: 'b', name: 'other' })
    expect(fork).toMatchObject({ name: 'other', current: false, from: { message: 'b' }, messages: 2 })
    expect(await seen(elsewhere())).toEqual(['a', 'b', 'c'])
    expect(textsOf(await session.messages.list({ branch: 'other' }))).toEqual(['a', 'b'])
    await elsewhere().branches.switch('other')
    expect(await seen(session)).toEqual(['a', 'b'])
    expect((await scene.manager().asService().get(session.id))?.counts.messages).toBe(2)
  })

  it('go their own ways, each with what was said on it', async () => {
    const { session, elsewhere } = await begin(scene)
    await say(session, 'a', 'b')
    await session.branches.fork({ from: 'a' })
    await session.branches.switch('fork-1')
    await say(elsewhere(), 'x')
    await session.branches.fork({ from: 'x' })
    await session.branches.switch('main')
    await say(session, 'c')
    expect(await seen(elsewhere())).toEqual(['a', 'b', 'c'])
    expect(textsOf(await session.messages.list({ branch: 'fork-1' }))).toEqual(['a', 'x'])
    expect(textsOf(await session.messages.list({ branch: 'fork-2' }))).toEqual(['a', 'x'])
    await session.branches.switch('fork-2')
    await say(session, 'y')
    expect(await seen(elsewhere())).toEqual(['a', 'x', 'y'])
    expect(textsOf(await session.messages.list({ branch: 'fork-1' }))).toEqual(['a', 'x'])
  })

  it('are made from messages of any branch', async () => {
    const { session } = await begin(scene)
    await say(session, 'a', 'b')
    await session.branches.fork({ from: 'a', name: 'side' })
    await session.branches.switch('side')
    await say(session, 'x', 'y')
    await session.branches.switch('main')
    await session.branches.fork({ from: 'x', name: 'from the side' })
    expect(textsOf(await session.messages.list({ branch: 'from the side' }))).toEqual(['a', 'x'])
  })

  it('show a message that was replaced as it is now', async () => {
    const { session } = await begin(scene)
    await say(session, 'a', 'b', 'c')
    await session.messages.append(user('a, better', { id: 'a' }))
    await session.branches.fork({ from: 'b', name: 'f' })
    expect(textsOf(await session.messages.list({ branch: 'f' }))).toEqual(['a, better', 'b'])
  })

  it('cost the same few bytes, however long the history', async () => {
    const sizeOf = async (count: number): Promise<number> => {
      const { id, session } = await begin(scene)
      const texts = Array.from({ length: count }, (_, at) => `${at} ${randomUUID().repeat(10)}`)
      await session.messages.append(texts.map((text, at) => user(text, { id: `m${at}` })))
      const bytes = async (): Promise<number> => {
        const { rows } = await scene.store.read({ tenant: scene.tenant, id }, [{ prefix: '', limit: 5_000 }])
        return (rows[0] ?? []).reduce((sum, row) => sum + row.key.length + row.value.length, 0)
      }
      const before = await bytes()
      await session.branches.fork({ from: `m${count - 2}`, name: 'f' })
      return (await bytes()) - before
    }
    const [short, long] = [await sizeOf(10), await sizeOf(1_000)]
    expect(long).toBeLessThan(1_000)
    expect(Math.abs(long - short)).toBeLessThan(30)
  })

  it('are renamed and deleted, never the current one', async () => {
    const { session } = await begin(scene)
    await say(session, 'a')
    await session.branches.fork({ from: 'a', name: 'x' })
    await session.branches.rename('x', 'y')
    await session.branches.rename('main', 'trunk')
    expect((await session.branches.list()).map(({ name }) => name)).toEqual(['trunk', 'y'])
    await session.branches.switch('y')
    await session.branches.delete('trunk')
    expect(await session.branches.list()).toMatchObject([{ name: 'y', current: true }])
    expect(await seen(session)).toEqual(['a'])
  })

  it('are refused with one clear error', async () => {
    const { session } = await begin(scene)
    await say(session, 'a')
    const { branches } = session
    await branches.fork({ from: 'a', name: 'x' })
    const refused: [() => Promise<unknown>, string][] = [
      [() => branches.fork({ from: 'none' }), 'FORK_POINT_NOT_FOUND'],
      [() => branches.fork({ from: '' }), 'FORK_POINT_NOT_FOUND'],
      [() => branches.fork({} as never), 'FORK_POINT_NOT_FOUND'],
      [() => branches.fork({ from: 'a', name: 'x' }), 'BRANCH_EXISTS'],
      [() => branches.fork({ from: 'a', name: ' ' }), 'BRANCH_NAME_INVALID'],
      [() => branches.rename('x', 'main'), 'BRANCH_EXISTS'],
      [() => branches.rename('none', 'y'), 'BRANCH_NOT_FOUND'],
      [() => branches.switch('none'), 'BRANCH_NOT_FOUND'],
      [() => branches.delete('none'), 'BRANCH_NOT_FOUND'],
      [() => branches.delete('main'), 'BRANCH_CURRENT'],
      [() => session.messages.list({ branch: 'none' }), 'BRANCH_NOT_FOUND'],
    ]
    for (const [act, code] of refused) await expect(act(), code).rejects.toMatchObject({ code })
    expect(await branches.list()).toHaveLength(2)
  })

  it('by many at once are all made, each under a name of its own', async () => {
    const { session, elsewhere } = await begin(scene)
    await say(session, 'a', 'b')
    const sessions = [session, elsewhere(), elsewhere()]
    await Promise.all(Array.from({ length: 9 }, (_, at) => sessions[at % 3]?.branches.fork({ from: 'a' })))
    const names = (await session.branches.list()).map(({ name }) => name)
    expect(names.sort()).toEqual([
      'fork-1',
      'fork-2',
      'fork-3',
      'fork-4',
      'fork-5',
      'fork-6',
      'fork-7',
      'fork-8',
      'fork-9',
      'main',
    ])
  })

  it('take in what is appended after a message that is no longer the last, beside the others', async () => {
    const { session, elsewhere } = await begin(scene)
    await say(session, 'a', 'b')
    await session.messages.append(user('c', { id: 'c' }), { parent: 'b' })
    await elsewhere().messages.append([user('c2', { id: 'c2' }), user('d2')], { parent: 'b', commitId: 'late' })
    await elsewhere().messages.append([user('c2', { id: 'c2' }), user('d2')], { parent: 'b', commitId: 'late' })
    expect(await seen(session)).toEqual(['a', 'b', 'c'])
    const branches = await session.branches.list()
    expect(branches.map(({ name, messages }) => [name, messages])).toEqual([
      ['main', 3],
      ['sibling-1', 4],
    ])
    expect(textsOf(await session.messages.list({ branch: 'sibling-1' }))).toEqual(['a', 'b', 'c2', 'd2'])
    await session.messages.append(user('instead'), { parent: null })
    expect(textsOf(await session.messages.list({ branch: 'sibling-2' }))).toEqual(['instead'])
    await expect(session.messages.append(user('x'), { parent: 'none' })).rejects.toMatchObject({
      code: 'MESSAGE_NOT_FOUND',
    })
  })

  it('hold one of two that were appended after the same message, and the other beside it', async () => {
    const { session, elsewhere } = await begin(scene)
    await session.messages.append(user('first', { id: 'first' }), { parent: null })
    await Promise.all(
      [session, elsewhere()].map((writer, at) => writer.messages.append(user(`second ${at}`), { parent: 'first' })),
    )
    const main = await seen(session)
    const side = textsOf(await session.messages.list({ branch: 'sibling-1' }))
    expect([main, side].sort()).toEqual([
      ['first', 'second 0'],
      ['first', 'second 1'],
    ])
  })
})

describe.each(subjects)('a reset on $name', (subject) => {
  const scene = Scene.on(subject)

  it('shows nothing from then on, keeps the data, and is taken back', async () => {
    const { session, elsewhere } = await begin(scene)
    await say(session, 'a', 'b')
    await session.data.set('name', 'Ada')
    await elsewhere().reset({ mode: 'soft' })
    expect(await seen(session)).toEqual([])
    expect(await session.data.all()).toEqual({ name: 'Ada' })
    expect(await session.branches.list()).toMatchObject([
      { name: 'main', current: false, messages: 2 },
      { name: 'reset-1', current: true, messages: 0 },
    ])
    expect(await session.undo()).toMatchObject({ kind: 'reset' })
    expect(await seen(elsewhere())).toEqual(['a', 'b'])
    expect(await session.branches.list()).toMatchObject([{ name: 'main', current: true, messages: 2 }])
    expect(await session.undo()).toBeUndefined()
  })

  it('that is hard clears the data, too, and both come back', async () => {
    const { session, elsewhere } = await begin(scene)
    await say(session, 'a')
    await session.data.set('name', 'Ada')
    await session.reset({ mode: 'hard' })
    expect(await elsewhere().data.all()).toEqual({})
    await session.data.set('name', 'Bob')
    await say(elsewhere(), 'x')
    expect(await elsewhere().undo()).toMatchObject({ kind: 'reset' })
    expect(await session.data.all()).toEqual({ name: 'Ada' })
    expect(await seen(session)).toEqual(['a'])
    expect(textsOf(await session.messages.list({ branch: 'reset-1' }))).toEqual(['x'])
  })

  it('and switches are taken back one after the other', async () => {
    const { session } = await begin(scene)
    await say(session, 'a', 'b')
    await session.branches.fork({ from: 'a', name: 'f' })
    await session.branches.switch('f')
    await session.reset()
    await session.branches.switch('main')
    const kinds = [await session.undo(), await session.undo(), await session.undo(), await session.undo()]
    expect(kinds.map((undone) => undone?.kind)).toEqual(['switch', 'reset', 'switch', undefined])
    expect(await seen(session)).toEqual(['a', 'b'])
    await session.branches.switch('f')
    expect(await session.undo()).toMatchObject({ kind: 'switch' })
    expect(await seen(session)).toEqual(['a', 'b'])
  })

  it('of a session with nothing in it is harmless', async () => {
    const { session } = await begin(scene)
    await session.reset()
    expect(await seen(session)).toEqual([])
    await session.undo()
    await say(session, 'a')
    expect(await seen(session)).toEqual(['a'])
    await expect(session.reset({ mode: 'other' as never })).rejects.toMatchObject({ code: 'RESET_INVALID' })
  })

  it('is refused in an archived session', async () => {
    const { session } = await begin(scene)
    await say(session, 'a')
    await session.reset()
    await session.archive()
    for (const act of [() => session.reset(), () => session.branches.fork({ from: 'a' }), () => session.undo()]) {
      await expect(act()).rejects.toMatchObject({ code: 'SESSION_ARCHIVED' })
    }
  })
})
