import { AsyncLocalStorage } from 'node:async_hooks'
import type { Session } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { begin, textsOf, user } from './talk.ts'

/** What is done here is none of the turn's own. */
const outside = AsyncLocalStorage.snapshot()

const seen = async (session: Session, branch?: string) =>
  textsOf(await session.messages.list(branch === undefined ? {} : { branch }))

describe.each(subjects)('a turn on $name whose session goes to another branch meanwhile', (subject) => {
  const scene = Scene.on(subject)

  it('stays on its own: what is seen is not written to, and the turn sees what is its', async () => {
    const { session, elsewhere } = await begin(scene)
    await session.messages.append(user('before'))
    await session.turn(async (turn) => {
      turn.append(user('first'))
      await turn.checkpoint()
      await outside(() => elsewhere().reset())
      turn.append(user('second', { id: 'x' }))
      await turn.checkpoint()
      turn.append(user('second, better', { id: 'x' }), user('third'))
      expect(textsOf(await turn.messages())).toEqual(['before', 'first', 'second, better', 'third'])
    })
    for (const each of [session, elsewhere()]) {
      expect(await seen(each)).toEqual([])
      expect(await each.messages.count()).toBe(0)
      expect(await seen(each, 'main')).toEqual(['before', 'first', 'second, better', 'third'])
      expect(await each.branches.list()).toMatchObject([
        { name: 'main', messages: 4 },
        { name: 'reset-1', messages: 0, current: true },
      ])
    }
    await elsewhere().messages.append(user('afresh'))
    expect(await seen(session)).toEqual(['afresh'])
    await elsewhere().undo()
    expect(await seen(session)).toEqual(['before', 'first', 'second, better', 'third'])
  })

  it('goes on at the tip when its branch is seen again', async () => {
    const { session, elsewhere } = await begin(scene)
    await session.messages.append([user('a', { id: 'a' }), user('b')])
    await session.branches.fork({ from: 'a', name: 'side' })
    await session.turn(async (turn) => {
      await outside(() => elsewhere().branches.switch('side'))
      turn.append(user('aside'))
      await turn.checkpoint()
      await outside(() => elsewhere().messages.append(user('on the side')))
      await outside(() => elsewhere().branches.switch('main'))
      turn.append(user('at the tip'))
    })
    expect(await seen(elsewhere())).toEqual(['a', 'b', 'aside', 'at the tip'])
    expect(await seen(elsewhere(), 'side')).toEqual(['a', 'on the side'])
  })

  it('writes to the data that it began with', async () => {
    const { session, elsewhere } = await begin(scene)
    await session.data.set('kept', 1)
    await session.turn(async (turn) => {
      turn.data.set('n', 1)
      await turn.checkpoint()
      await outside(() => elsewhere().reset({ mode: 'hard' }))
      expect([await turn.data.get('n'), await turn.data.get('kept')]).toEqual([1, 1])
      turn.data.set('n', 2)
      turn.append(user('said'))
    })
    expect([await elsewhere().data.all(), await seen(elsewhere())]).toEqual([{}, []])
    await elsewhere().undo()
    expect([await elsewhere().data.all(), await seen(elsewhere())]).toEqual([{ kept: 1, n: 2 }, ['said']])
  })

  it('began on a branch that is not the first, and stays there, too', async () => {
    const { session, elsewhere } = await begin(scene)
    await session.data.set('old', 1)
    await session.reset({ mode: 'hard' })
    await scene
      .manager()
      .asService()
      .open(session.id)
      .turn(async (turn) => {
        turn.append(user('first'))
        turn.data.set('n', 1)
        await turn.checkpoint()
        await outside(() => elsewhere().branches.switch('main'))
        turn.append(user('second'))
        turn.data.set('n', 2)
      })
    expect([await seen(elsewhere()), await seen(elsewhere(), 'reset-1')]).toEqual([[], ['first', 'second']])
    expect(await elsewhere().data.all()).toEqual({ n: 2 })
  })

  it('is refused when its branch is deleted, and leaves nothing more', async () => {
    const { session, elsewhere } = await begin(scene)
    await session.messages.append(user('a', { id: 'a' }))
    await session.branches.fork({ from: 'a', name: 'side' })
    await session.branches.switch('side')
    const turn = session.turn(async (turn) => {
      await outside(() => elsewhere().branches.switch('main'))
      await outside(() => elsewhere().branches.delete('side'))
      turn.append(user('lost'))
    })
    await expect(turn).rejects.toMatchObject({ code: 'BRANCH_NOT_FOUND' })
    expect(await seen(elsewhere())).toEqual(['a'])
    await session.turn((next) => next.append(user('next')))
    expect(await seen(elsewhere())).toEqual(['a', 'next'])
  })

  it('follows its own code there', async () => {
    const { session, elsewhere } = await begin(scene)
    await session.turn(async (turn) => {
      turn.append(user('old'))
      await turn.checkpoint()
      await session.reset({ mode: 'hard' })
      turn.append(user('new'))
      turn.data.set('n', 1)
    })
    expect([await seen(elsewhere()), await seen(elsewhere(), 'main')]).toEqual([['new'], ['old']])
    expect(await elsewhere().data.all()).toEqual({ n: 1 })
  })

  it('is taken back on its own branch by one that takes its place', async () => {
    const { session, elsewhere } = await begin(scene)
    await session.messages.append(user('before'))
    const [stepped, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const first = session.turn(async (turn) => {
      turn.append(user('half'))
      await turn.checkpoint()
      turn.signal.addEventListener('abort', () => gone.resolve())
      stepped.resolve()
      await gone.promise
    })
    await stepped.promise
    await elsewhere().reset()
    await elsewhere().messages.append(user('afresh'))
    const second = elsewhere().turn((turn) => turn.append(user('instead')), { onBusy: 'rollback' })
    await expect(Promise.race([first, second])).rejects.toMatchObject({ code: 'TURN_INTERRUPTED' })
    await second
    expect(await seen(elsewhere())).toEqual(['afresh', 'instead'])
    expect(await seen(elsewhere(), 'main')).toEqual(['before'])
  })
})
