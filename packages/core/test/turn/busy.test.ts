import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { OnBusy, Priority, Turn } from '../../src/index.ts'
import { SessionBusyError } from '../../src/index.ts'
import { gate, meddled, Scene, textsOf, untilAborted, user } from './scene.ts'

/** A turn that has begun, and ends when it is told to. */
async function holding(scene: Scene): Promise<{ end(): Promise<void> }> {
  const begun = gate()
  const done = gate()
  const turn = scene.another('holder').turn(async () => {
    begun.resolve()
    await done.promise
  })
  await begun.promise
  return {
    end: () => {
      done.resolve()
      return turn
    },
  }
}

/** A turn that runs until it is aborted, and then seals what it has. */
async function abortable(scene: Scene): Promise<{ ended: Promise<unknown>; id: string }> {
  const begun = Promise.withResolvers<Turn>()
  const ended = scene
    .another('interrupted')
    .turn(async (turn) => {
      turn.append(user('begun'))
      await turn.checkpoint()
      begun.resolve(turn)
      await untilAborted(turn.signal)
      turn.append(user('sealed'))
    })
    .catch((error: unknown) => error)
  return { ended, id: (await begun.promise).id }
}

describe('a session that has a turn already', () => {
  it.each<OnBusy>(['queue', 'enqueue'])('%s: lets others wait, in the order in which they came', async (onBusy) => {
    const scene = new Scene()
    const holder = await holding(scene)
    const order: string[] = []
    const waiting = ['a', 'b', 'c', 'd'].map((name) => scene.session.turn(() => void order.push(name), { onBusy }))
    await Promise.all([holder.end(), ...waiting])
    expect(order).toEqual(['a', 'b', 'c', 'd'])
    expect(await scene.open()).toEqual([])
  })

  it('serves those who wait in other processes, too', async () => {
    const scene = new Scene()
    const holder = await holding(scene)
    const waiting = ['p', 'q', 'r'].map((who) => scene.another(who).turn((turn) => turn.append(user(who))))
    await Promise.all([holder.end(), ...waiting])
    expect((await scene.texts()).toSorted()).toEqual(['p', 'q', 'r'])
  })

  it('serves a better class first', async () => {
    const scene = new Scene()
    const holder = await holding(scene)
    const order: string[] = []
    const wait = (priority: Priority) => scene.session.turn(() => void order.push(priority), { priority })
    const waiting = [wait('low'), wait('normal'), wait('high')]
    await expect.poll(async () => (await scene.open()).filter((key) => key.startsWith('q/')).length).toBe(3)
    await Promise.all([holder.end(), ...waiting])
    expect(order).toEqual(['high', 'normal', 'low'])
  })

  it('reject: fails with SESSION_BUSY, who holds it and since when', async () => {
    const scene = new Scene()
    const holder = await holding(scene)
    const rejected = scene.session.turn(() => undefined, { onBusy: 'reject' })
    await expect(rejected).rejects.toBeInstanceOf(SessionBusyError)
    await expect(rejected).rejects.toMatchObject({ code: 'SESSION_BUSY', holder: 'holder', since: expect.any(Number) })
    await holder.end()
  })

  it('reject: fails as well while others of this process wait', async () => {
    const scene = new Scene()
    const holder = await holding(scene)
    const waiting = scene.session.turn(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await expect(scene.session.turn(() => undefined, { onBusy: 'reject' })).rejects.toMatchObject({
      code: 'SESSION_BUSY',
    })
    await Promise.all([holder.end(), waiting])
  })

  it('interrupt: ends the running turn, which seals its partial, and goes on', async () => {
    const scene = new Scene()
    const { ended, id } = await abortable(scene)
    const seen = await scene.session.turn(async (turn) => textsOf(await turn.messages()), { onBusy: 'interrupt' })
    expect(seen).toEqual(['begun', 'sealed'])
    expect(await ended).toMatchObject({ code: 'TURN_INTERRUPTED' })
    expect((await scene.session.turnRecord(id))?.state).toBe('interrupted')
  })

  it('interrupt: asks for it for longer than a lease lives, so that the turn hears of it at its next look', async () => {
    const scene = new Scene()
    const { ended } = await abortable(scene)
    const asked: (number | undefined)[] = []
    const store = meddled(scene.store, (partition, commit) => {
      for (const op of commit.ops) if ('put' in op && op.put === 'stop') asked.push(op.ttlMs)
      return scene.store.commit(partition, commit)
    })
    await scene.another('next', { store }).turn(() => 1, { onBusy: 'interrupt' })
    await ended
    expect(asked).toEqual([30_000])
  })

  it('interrupt: goes before those who wait', async () => {
    const scene = new Scene()
    const { ended } = await abortable(scene)
    const order: string[] = []
    const waiting = scene.session.turn(() => void order.push('waiting'))
    await scene.session.turn(() => void order.push('interrupting'), { onBusy: 'interrupt' })
    await Promise.all([ended, waiting])
    expect(order).toEqual(['interrupting', 'waiting'])
  })

  it('rollback: goes on from where the ended turn had started', async () => {
    const scene = new Scene()
    await scene.session.messages.append(user('before'))
    const { ended } = await abortable(scene)
    await scene.session.turn((turn) => turn.append(user('instead')), { onBusy: 'rollback' })
    await ended
    expect(await scene.texts()).toEqual(['before', 'instead'])
  })

  it('rollback: of the first turn goes on from nothing', async () => {
    const scene = new Scene()
    const { ended } = await abortable(scene)
    await scene.session.turn((turn) => turn.append(user('instead')), { onBusy: 'rollback' })
    await ended
    expect(await scene.texts()).toEqual(['instead'])
  })

  it('rollback: leaves alone what was complete before it could be ended', async () => {
    const scene = new Scene()
    const holder = scene.another('holder').turn(async (turn) => {
      turn.append(user('complete'))
      await turn.checkpoint()
      await new Promise((resolve) => setTimeout(resolve, 100))
    })
    await expect.poll(() => scene.texts()).toEqual(['complete'])
    await scene.session.turn((turn) => turn.append(user('after')), { onBusy: 'rollback' })
    await holder
    expect(await scene.texts()).toEqual(['complete', 'after'])
  })

  it('rollback: takes back a turn whose process died, too', async () => {
    const scene = new Scene()
    await scene.session.messages.append(user('before'))
    await scene.dieInTurn('taken back')
    await scene.session.turn((turn) => turn.append(user('after')), { onBusy: 'rollback' })
    expect(await scene.texts()).toEqual(['before', 'after'])
  })

  it('join: gives up waiting when its caller does', async () => {
    const scene = new Scene()
    const done = gate()
    const options = { onBusy: 'join', commitId: 'request 1' } as const
    const running = scene.session.turn(() => done.promise, options)
    await expect.poll(() => scene.open()).toContain('lease')
    const joined = scene.another().turn(() => undefined, { ...options, timeout: 30 })
    await expect(joined).rejects.toMatchObject({ code: 'TURN_TIMEOUT' })
    done.resolve()
    await running
  })

  it('join: gives the result of the running turn of the same commitId, which runs once', async () => {
    const scene = new Scene()
    let runs = 0
    const run = async () => {
      runs++
      await new Promise((resolve) => setTimeout(resolve, 50))
      return { at: new Date(0) }
    }
    const options = { onBusy: 'join', commitId: 'request 1' } as const
    const results = await Promise.all(
      [scene.session, scene.another(), scene.another()].map((it) => it.turn(run, options)),
    )
    expect(runs).toBe(1)
    expect(results).toEqual(Array.from({ length: 3 }, () => ({ at: new Date(0) })))
  })

  it('join: fails with TURN_INTERRUPTED when the joined turn does', async () => {
    const scene = new Scene()
    const begun = gate()
    const options = { onBusy: 'join', commitId: 'request 1' } as const
    const failing = scene.session.turn(async () => {
      begun.resolve()
      await new Promise((resolve) => setTimeout(resolve, 50))
      throw new Error('no')
    }, options)
    await begun.promise
    const joined = scene.another().turn(() => 1, options)
    await expect(failing).rejects.toThrow('no')
    await expect(joined).rejects.toMatchObject({ code: 'TURN_INTERRUPTED' })
  })

  it('gives the result of a complete turn of the same commitId, however busy', async () => {
    const scene = new Scene()
    await scene.session.turn(() => 'done', { commitId: 'request 1' })
    expect(await scene.another().turn(() => 'again', { commitId: 'request 1' })).toBe('done')
  })

  it('runs a turn of the same commitId again when it was interrupted', async () => {
    const scene = new Scene()
    const fails = () => Promise.reject(new Error('no'))
    await scene.session.turn(fails, { commitId: 'request 1' }).catch(() => undefined)
    expect(await scene.another().turn(() => 'again', { commitId: 'request 1' })).toBe('again')
  })

  it.each([
    [{ onBusy: 'wait' as OnBusy }],
    [{ priority: 'soon' as Priority }],
    [{ onBusy: 'join' as const }],
    [{ commitId: '' }],
    [{ timeout: 0 }],
  ])('refuses the options %j with TURN_OPTIONS_INVALID', async (options) => {
    await expect(new Scene().session.turn(() => undefined, options)).rejects.toMatchObject({
      code: 'TURN_OPTIONS_INVALID',
    })
  })
})

describe('an aborted turn', () => {
  it('frees the session at once, though its work goes on', async () => {
    const scene = new Scene()
    const abort = new AbortController()
    const begun = gate()
    const never = scene.session.turn(
      () => {
        begun.resolve()
        return new Promise(() => undefined)
      },
      { signal: abort.signal },
    )
    await begun.promise
    const next = scene.another().turn(() => 'next')
    abort.abort(new Error('the user left'))
    await expect(never).rejects.toThrow('the user left')
    expect(await next).toBe('next')
    expect(await scene.open()).toEqual([])
  })

  it('that waits leaves the queue at once, and those behind it move up', async () => {
    const scene = new Scene()
    const holder = await holding(scene)
    const abort = new AbortController()
    const waiting = scene.session.turn(() => 'waited', { signal: abort.signal })
    const behind = scene.session.turn(() => 'behind')
    await new Promise((resolve) => setTimeout(resolve, 20))
    abort.abort(new Error('the user left'))
    await expect(waiting).rejects.toThrow('the user left')
    await holder.end()
    expect(await behind).toBe('behind')
    expect(await scene.open()).toEqual([])
  })

  it('ends with TURN_TIMEOUT when its time is over, waiting included', async () => {
    const scene = new Scene()
    const holder = await holding(scene)
    await expect(scene.session.turn(() => 1, { timeout: 30 })).rejects.toMatchObject({ code: 'TURN_TIMEOUT' })
    await holder.end()
    expect(await scene.open()).toEqual([])
  })

  it('does not begin with a signal that has aborted', async () => {
    const scene = new Scene()
    const signal = AbortSignal.abort(new Error('too late'))
    await expect(scene.session.turn(() => 1, { signal })).rejects.toThrow('too late')
    expect(await scene.open()).toEqual([])
  })

  it('leaves no listener on the signal of its caller, and no timer in the process', async () => {
    const scene = new Scene()
    const abort = new AbortController()
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    const holder = await holding(scene)
    await scene.session.turn(() => 1, { signal: abort.signal, timeout: 40 }).catch(() => undefined)
    await holder.end()
    await scene.session.turn(() => 1, { signal: abort.signal, timeout: 60_000 })
    await new Promise((resolve) => setImmediate(resolve))
    expect(getEventListeners(abort.signal, 'abort')).toEqual([])
    expect(timers()).toBeLessThanOrEqual(before)
  })
})
