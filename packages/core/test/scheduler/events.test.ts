import { describe, expect, it, onTestFinished } from 'vitest'
import type { SchedulerEvent, SchedulerEventType } from '../../src/index.ts'
import { pass, passUntil, SchedulerScene, virtualScene } from './scene.ts'

function heard(scene: SchedulerScene, ...types: SchedulerEventType[]): string[] {
  const events: string[] = []
  for (const type of types) {
    scene.scheduler.on(type, ({ turn, code, complete }: SchedulerEvent) => {
      events.push([type, turn?.sessionId, code, complete === false ? 'failed' : undefined].filter(Boolean).join(' '))
    })
  }
  return events
}

describe('the events of a scheduler', () => {
  it('tell of a turn from when it comes until it has ended', async () => {
    const scene = virtualScene({
      concurrency: 1,
      budgets: [{ per: 'session', every: 'hour', tokens: 10, over: 'defer' }],
    })
    const events = heard(scene, 'waiting', 'started', 'ended', 'deferred', 'rejected')
    const session = scene.session('one')
    await session.turn((turn) => turn.spent(10), { cost: 10 })
    await session.turn(() => undefined, { cost: 11 }).catch(() => undefined)
    const deferred = session.turn(() => Promise.reject(new Error('no')), { cost: 10 }).catch(() => undefined)
    await passUntil([deferred], 600_000)
    expect(events).toEqual([
      ...['waiting one', 'started one', 'ended one'],
      ...['waiting one', 'rejected one BUDGET_EXCEEDED'],
      ...['waiting one', 'deferred one', 'started one', 'ended one failed'],
    ])
  })

  it('tell of a compare that throws, and who came first goes first', async () => {
    const scene = virtualScene({
      concurrency: 1,
      compare: () => {
        throw new Error('no order')
      },
    })
    const events = heard(scene, 'error')
    await passUntil(['a', 'b', 'c'].map((name) => scene.run(name, 1_000)))
    expect(scene.begun).toEqual(['a', 'b', 'c'])
    expect(new Set(events)).toEqual(new Set(['error COMPARE_FAILED']))
  })

  it('take what is no number for equal', async () => {
    const scene = virtualScene({ concurrency: 1, compare: () => Number.NaN })
    await passUntil(['a', 'b', 'c'].map((name) => scene.run(name, 1_000)))
    expect(scene.begun).toEqual(['a', 'b', 'c'])
  })

  it('cannot be broken by who hears them, and are heard until that is taken off', async () => {
    const scene = new SchedulerScene()
    const warned = Promise.withResolvers<Error & { code?: string }>()
    process.once('warning', warned.resolve)
    onTestFinished(() => void process.off('warning', warned.resolve))
    let calls = 0
    const off = scene.scheduler.on('started', () => {
      calls++
      throw new Error('a handler')
    })
    await scene.run('one', 0)
    expect((await warned.promise).code).toBe('EVENT_HANDLER_FAILED')
    off()
    await scene.run('two', 0)
    expect([calls, scene.begun]).toEqual([1, ['one', 'two']])
  })

  it('are of types that there are', () => {
    const { scheduler } = new SchedulerScene()
    for (const args of [
      ['begun', () => undefined],
      ['started', 'log'],
    ]) {
      expect(() => scheduler.on(...(args as [never, never]))).toThrow(
        expect.objectContaining({ code: 'SCHEDULER_INVALID' }),
      )
    }
  })
})

describe('the figures of a scheduler', () => {
  it('say how long turns of each class waited', async () => {
    const scene = virtualScene({ concurrency: 1 })
    const all = ['holds', 'first', 'second'].map((name) => scene.run(name, 10_000))
    await pass(1_000)
    expect(scene.scheduler.stats()).toMatchObject({
      ...{ concurrency: 1, running: 1, waiting: 2, deferred: 0, completed: 0 },
      byPriority: { normal: { waiting: 2, started: 1, wait: { max: 0 } }, urgent: { waiting: 0, started: 0 } },
    })
    await passUntil(all, 1_000)
    const { byPriority, completed } = scene.scheduler.stats()
    expect(completed).toBe(3)
    const { started, wait } = byPriority.normal
    expect(started).toBe(3)
    // They are counted to two figures.
    expect(wait.max / 20_000).toBeCloseTo(1, 1)
    expect(wait.p50 / 10_000).toBeCloseTo(1, 1)
    expect(wait.mean / 10_000).toBeCloseTo(1, 1)
    expect(byPriority.urgent.wait).toEqual({ mean: 0, p50: 0, p95: 0, max: 0 })
  })
})
