import { describe, expect, it } from 'vitest'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { begin } from './talk.ts'

describe.each(subjects)('data on $name', (subject) => {
  const scene = Scene.on(subject)

  it('gives back what was set, of any kind', async () => {
    const { session, elsewhere } = await begin(scene)
    const values = {
      text: 'x',
      nothing: null,
      map: new Map([['a', new Date(0)]]),
      set: new Set([1n, 2n]),
      bytes: new Uint8Array([1, 2, 3]),
      'a/key with %': { nested: [undefined, Number.NaN, -0] },
      __proto__x: { ['__proto__']: 1 },
    }
    for (const [key, value] of Object.entries(values)) await session.data.set(key, value)
    expect(await elsewhere().data.all()).toEqual(values)
    for (const [key, value] of Object.entries(values)) expect(await elsewhere().data.get(key)).toEqual(value)
    await elsewhere().data.delete('text')
    await elsewhere().data.set('nothing', undefined)
    expect(await session.data.get('text')).toBeUndefined()
    expect(Object.keys(await session.data.all())).not.toContain('nothing')
  })

  it('counts 200 concurrent updates of one key, from several managers', async () => {
    const { session, elsewhere } = await begin(scene)
    const writers = [session, elsewhere(), elsewhere(), elsewhere()]
    await Promise.all(
      Array.from({ length: 200 }, (_, at) => writers[at % 4]?.data.update('n', (n) => ((n as number) ?? 0) + 1)),
    )
    expect(await elsewhere().data.get('n')).toBe(200)
  })

  it('keeps concurrent sets of 50 keys', async () => {
    const { session, elsewhere } = await begin(scene)
    const writers = [session, elsewhere(), elsewhere()]
    await Promise.all(Array.from({ length: 50 }, (_, at) => writers[at % 3]?.data.set(`key ${at}`, at)))
    expect(await elsewhere().data.all()).toEqual(
      Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`key ${at}`, at])),
    )
  })

  it('gives an update the value that is there, and keeps the others when one fails', async () => {
    const { session } = await begin(scene)
    await session.data.set('list', ['a'])
    const outcomes = await Promise.allSettled([
      session.data.update('list', (list) => [...(list as string[]), 'b']),
      session.data.update('list', () => {
        throw new Error('no')
      }),
      session.data.update('list', async (list) => [...(list as string[]), 'c']),
      session.data.update('gone', () => undefined),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(await session.data.all()).toEqual({ list: ['a', 'b', 'c'] })
  })

  it('refuses what is no key, no function and no value', async () => {
    const { session } = await begin(scene)
    const cyclic: unknown[] = []
    cyclic.push(cyclic)
    const refused: [() => Promise<unknown>, string][] = [
      [() => session.data.get(''), 'DATA_KEY_INVALID'],
      [() => session.data.set(1 as never, 1), 'DATA_KEY_INVALID'],
      [() => session.data.set('x'.repeat(600), 1), 'DATA_KEY_INVALID'],
      [() => session.data.set('x', cyclic), 'VALUE_CYCLIC'],
      [() => session.data.set('x', () => 1), 'VALUE_UNSUPPORTED'],
      [() => session.data.update('x', 1 as never), 'DATA_CHANGE_INVALID'],
      [() => session.data.update('x', () => cyclic), 'VALUE_CYCLIC'],
    ]
    for (const [act, code] of refused) await expect(act()).rejects.toMatchObject({ code })
    expect(await session.data.all()).toEqual({})
  })

  it('lands with the steps of a turn, and goes back with a turn that is rolled back', async () => {
    const { session, elsewhere } = await begin(scene)
    await session.data.set('kept', 'before')
    const begun = Promise.withResolvers<void>()
    const ended = session
      .turn(async (turn) => {
        turn.data.set('kept', 'changed')
        turn.data.set('new', 1)
        await turn.checkpoint()
        begun.resolve()
        await new Promise((resolve) => turn.signal.addEventListener('abort', resolve))
      })
      .catch((error: { code: string }) => error.code)
    await begun.promise
    expect(await elsewhere().data.all()).toEqual({ kept: 'changed', new: 1 })
    await session.turn(() => undefined, { onBusy: 'rollback' })
    expect(await ended).toBe('TURN_INTERRUPTED')
    expect(await elsewhere().data.all()).toEqual({ kept: 'before' })
  })
})
