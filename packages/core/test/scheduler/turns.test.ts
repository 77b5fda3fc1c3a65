import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { SessionManager } from '../../src/index.ts'
import { gate, untilAborted } from '../turn/scene.ts'
import { pass, passUntil, SchedulerScene, virtualScene } from './scene.ts'

/** As another request would: not within the turn that the calling code is in. */
const outside = AsyncLocalStorage.snapshot()

describe('turns on a scheduler', () => {
  it('have one slot at a time for a session, and leave the others to other sessions', async () => {
    const scene = virtualScene({ concurrency: 2 })
    const one = scene.session('one')
    const all = ['a', 'b', 'c'].map((name) => scene.run(name, 1_000, {}, one))
    await pass(10)
    all.push(scene.run('other', 1_000))
    await passUntil(all)
    expect(scene.begun).toEqual(['a', 'other', 'b', 'c'])
    expect(scene.most).toBe(2)
  })

  it('within a turn run in its slot, so that no turn waits for itself', async () => {
    const scene = new SchedulerScene({ concurrency: 1 })
    const inner = scene.session('outer').turn(async () => {
      expect(scene.scheduler.stats().running).toBe(1)
      return scene.session('inner').turn(() => scene.session('innermost').turn(() => scene.scheduler.stats().running))
    })
    expect(await inner).toBe(1)
  })

  it('give their slot to others while another process has their session', async () => {
    const scene = new SchedulerScene({ concurrency: 1 })
    const lock = await new SessionManager({ store: scene.store }).asService().open('held').lock({ ttl: 60_000 })
    const waits = scene.run('held', 0)
    await scene.run('free', 0)
    expect(scene.begun).toEqual(['free'])
    await lock.release()
    await waits
    expect(scene.begun).toEqual(['free', 'held'])
    expect(scene.scheduler.stats()).toMatchObject({ running: 0, waiting: 0, completed: 2 })
  })

  it('take the session that was held by others at once, and more than there are slots for if need be', async () => {
    const scene = new SchedulerScene({ concurrency: 1 })
    const lock = await new SessionManager({ store: scene.store }).asService().open('held').lock({ ttl: 60_000 })
    const waits = scene.run('held', 0)
    const done = gate()
    await scene.session('long').turn(async () => {
      await lock.release()
      await waits
      done.resolve()
    })
    await done.promise
    expect(scene.begun).toEqual(['held'])
  })

  it('keep their place in line across processes: what they waited here counts', async () => {
    const scene = virtualScene({ concurrency: 1 }, { lease: { ttlMs: 3_000 } })
    const other = new SessionManager({ store: scene.store, clock: () => Date.now() }).asService().open('shared')
    const long = scene.run('long', 2_000)
    const first = scene.run('first', 100, {}, scene.session('shared'))
    await pass(1_000)
    const begun: string[] = []
    const holds = other.turn(() => new Promise((resolve) => setTimeout(resolve, 3_000)))
    await pass(100)
    const second = other.turn(() => void begun.push('second'))
    await passUntil([long, first, holds, second])
    expect([...scene.begun, ...begun]).toEqual(['long', 'first', 'second'])
    expect(scene.ended).toContain('first')
  })

  it.each(['interrupt', 'rollback'] as const)('%s a turn that has the only slot', async (onBusy) => {
    const scene = new SchedulerScene({ concurrency: 1 })
    const session = scene.session('one')
    const begun = gate()
    const interrupted = session
      .turn(async (turn) => {
        begun.resolve()
        await untilAborted(turn.signal)
      })
      .catch((error: { code: string }) => error.code)
    await begun.promise
    expect(await session.turn(() => 'instead', { onBusy })).toBe('instead')
    expect(await interrupted).toBe('TURN_INTERRUPTED')
    expect(scene.scheduler.stats()).toMatchObject({ running: 0, completed: 1, failed: 1 })
  })

  it('are told at once that the session is busy when they do not wait', async () => {
    const scene = new SchedulerScene({ concurrency: 1 })
    const session = scene.session('one')
    await session.turn(async () => {
      const other = scene.sessions.asService('other').open('one')
      await outside(() =>
        expect(other.turn(() => undefined, { onBusy: 'reject' })).rejects.toMatchObject({ code: 'SESSION_BUSY' }),
      )
    })
    expect(scene.scheduler.stats()).toMatchObject({ running: 0, waiting: 0 })
  })

  it('join the turn of their commitId, though it has the only slot', async () => {
    const scene = new SchedulerScene({ concurrency: 1 })
    const session = scene.session('one')
    const begun = gate()
    const done = gate()
    const options = { commitId: 'same', onBusy: 'join' as const }
    const work = async () => {
      begun.resolve()
      await done.promise
      return 'once'
    }
    const first = session.turn(work, options)
    await begun.promise
    const second = session.turn(work, options)
    done.resolve()
    expect(await Promise.all([first, second])).toEqual(['once', 'once'])
  })

  it('leave the line when their caller gives up, and the slot when they fail', async () => {
    const scene = new SchedulerScene({ concurrency: 1 })
    const done = gate()
    const holds = scene.session('one').turn(() => done.promise)
    const controller = new AbortController()
    const gaveUp = scene.session('two').turn(() => undefined, { signal: controller.signal })
    const late = scene.session('three').turn(() => undefined, { timeout: 20 })
    controller.abort(new Error('enough'))
    await expect(gaveUp).rejects.toThrow('enough')
    await expect(late).rejects.toMatchObject({ code: 'TURN_TIMEOUT' })
    expect(scene.scheduler.stats()).toMatchObject({ running: 1, waiting: 0, rejected: 2 })
    done.resolve()
    await holds
    await expect(scene.session('four').turn(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(scene.scheduler.stats()).toMatchObject({ running: 0, completed: 1, failed: 1 })
  })

  it('may not say what they spent once they are over', async () => {
    const scene = new SchedulerScene()
    const turn = await scene.session('one').turn((turn) => turn)
    expect(() => turn.spent(5)).toThrow(expect.objectContaining({ code: 'TURN_OVER' }))
  })

  it('say in their record how they came to run, and what they spent', async () => {
    const scene = virtualScene({ concurrency: 1 })
    const before = scene.run('before', 1_500)
    await pass(0)
    const session = scene.session('one')
    let id = ''
    const turn = session.turn(
      (turn) => {
        id = turn.id
        turn.spent({ tokens: 10, money: 0.25 })
        turn.spent(5)
      },
      { priority: 'background', complexity: 3 },
    )
    await passUntil([before, turn])
    expect(await session.turnRecord(id)).toMatchObject({
      state: 'complete',
      scheduled: { priority: 'background', complexity: 3, waitedMs: 1_500 },
      spent: { tokens: 15, money: 0.25 },
    })
  })
})

describe('limits of turns', () => {
  it.each([
    ['perUser', { perUser: 1 }],
    ['perAgent', { perAgent: 1 }],
  ])('%s hold back the turns of one, and no others', async (_, limits) => {
    const scene = virtualScene({ concurrency: 10, limits })
    const create = (name: string, userId: string) =>
      scene.sessions.asService().create({ id: name, userId, agentId: `agent of ${userId}` })
    const all = [
      scene.run('ada 1', 1_000, {}, await create('ada 1', 'ada')),
      scene.run('ada 2', 1_000, {}, await create('ada 2', 'ada')),
      scene.run('bob 1', 1_000, {}, await create('bob 1', 'bob')),
      scene.run('nobody 1', 1_000),
      scene.run('nobody 2', 1_000),
    ]
    await pass(500)
    expect(scene.begun.toSorted()).toEqual(['ada 1', 'bob 1', 'nobody 1', 'nobody 2'])
    expect(scene.scheduler.stats()).toMatchObject({ running: 4, waiting: 1 })
    await passUntil(all)
    expect(scene.begun.at(-1)).toBe('ada 2')
  })

  it('perTenant hold back one tenant and leave the slots to another', async () => {
    const scene = virtualScene({ concurrency: 10, limits: { perTenant: 2 } })
    const { store, scheduler } = scene
    const others = new SessionManager({ store, scheduler, tenant: 'other', clock: () => Date.now() }).asService()
    const all = ['a', 'b', 'c', 'd'].map((name) => scene.run(name, 1_000))
    all.push(scene.run('other', 1_000, {}, others.open('other')))
    await pass(500)
    expect(scene.begun.toSorted()).toEqual(['a', 'b', 'other'])
    await passUntil(all)
    expect(scene.ended).toHaveLength(5)
  })
})

describe('draining', () => {
  it('takes no more, lets those that wait run, and ends when all have ended', async () => {
    const scene = virtualScene({ concurrency: 1 })
    const all = ['a', 'b'].map((name) => scene.run(name, 1_000))
    await pass(10)
    let isDrained = false
    const drained = scene.scheduler.drain().then(() => {
      isDrained = true
    })
    await expect(scene.run('late', 0)).rejects.toMatchObject({ code: 'SCHEDULER_DRAINING' })
    expect(isDrained).toBe(false)
    await passUntil([...all, drained])
    expect(scene.ended).toEqual(['a', 'b'])
    await scene.scheduler.drain()
  })

  it('refuses those that wait when it is told to, and lets turns within a running one in', async () => {
    const scene = new SchedulerScene({ concurrency: 1 })
    const waiting = gate()
    const result = scene.session('one').turn(async () => {
      await waiting.promise
      return scene.session('inner').turn(() => 'inner')
    })
    const waits = scene.run('two', 0).catch((error: { code: string }) => error.code)
    while (scene.scheduler.stats().waiting === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    const drained = scene.scheduler.drain({ waiting: 'refuse' })
    expect(await waits).toBe('SCHEDULER_DRAINING')
    waiting.resolve()
    expect(await result).toBe('inner')
    await drained
    await expect(scene.scheduler.drain({ waiting: 'soon' as never })).rejects.toMatchObject({
      code: 'SCHEDULER_INVALID',
    })
  })
})
