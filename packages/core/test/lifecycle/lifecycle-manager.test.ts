import { LifecycleManager, type LifecycleOptions, type SessionEvent } from '@everthread/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { HOUR, MINUTE, SessionScene } from '../session/scene.ts'

const said = { role: 'user', parts: [{ type: 'text' as const, content: 'hello' }] }

describe('the lifecycle manager', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('sweeps soon after its start, then every hour, with one timer for all sessions, until it is stopped', async () => {
    const scene = new SessionScene()
    await scene.sessions.asService().createMany(Array.from({ length: 20 }, () => ({})))
    scene.heard()
    const lifecycle = new LifecycleManager({ sessions: scene.sessions })
    lifecycle.start()
    lifecycle.start()
    expect(vi.getTimerCount()).toBe(1)
    scene.now += 31 * MINUTE
    await vi.advanceTimersByTimeAsync(30_000)
    expect(scene.heard()).toEqual(Array(20).fill('idle'))
    scene.now += 4 * HOUR
    await vi.advanceTimersByTimeAsync(59 * MINUTE)
    expect(scene.heard()).toEqual([])
    await vi.advanceTimersByTimeAsync(MINUTE)
    await scene.sessions.sweep()
    expect(scene.heard()).toEqual(Array(20).fill('expired'))
    await lifecycle.stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is stopped with its session manager, and can be started again', async () => {
    const scene = new SessionScene()
    const lifecycle = new LifecycleManager({ sessions: scene.sessions })
    lifecycle.start()
    await lifecycle.stop()
    lifecycle.start()
    expect(vi.getTimerCount()).toBe(1)
    await scene.sessions.close()
    expect(vi.getTimerCount()).toBe(0)
    expect(() => scene.sessions.asService()).toThrow(expect.objectContaining({ code: 'SESSIONS_CLOSED' }))
    await expect(scene.sessions.sweep()).rejects.toMatchObject({ code: 'SESSIONS_CLOSED' })
    await expect(lifecycle.sweep()).rejects.toMatchObject({ code: 'SESSIONS_CLOSED' })
    expect(() => lifecycle.start()).toThrow(expect.objectContaining({ code: 'SESSIONS_CLOSED' }))
    await scene.sessions.close()
  })

  it('lets a sweep that runs come to the end of its page when it is stopped', async () => {
    const scene = new SessionScene()
    await scene.sessions.asService().createMany(Array.from({ length: 40 }, () => ({ ttl: HOUR })))
    const heard: SessionEvent[] = []
    const begun = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const lifecycle = new LifecycleManager({ sessions: scene.sessions })
    lifecycle.on('expired', async (event) => {
      heard.push(event)
      begun.resolve()
      await goOn.promise
    })
    lifecycle.start()
    scene.now += HOUR
    await vi.advanceTimersByTimeAsync(30_000)
    await begun.promise
    const stopped = lifecycle.stop()
    goOn.resolve()
    await stopped
    expect(heard.length).toBeGreaterThan(0)
    await scene.manager().sweep()
    const expired = scene.events.filter(({ type }) => type === 'expired').map(({ sessionId }) => sessionId)
    expect(expired).toHaveLength(40)
    expect(new Set(expired).size).toBe(40)
  })

  it('tells of a sweep that failed, and sweeps again', async () => {
    const scene = new SessionScene()
    await scene.sessions.asService().create({ ttl: HOUR })
    const errors: SessionEvent[] = []
    const lifecycle = new LifecycleManager({ sessions: scene.sessions, onError: (event) => void errors.push(event) })
    lifecycle.start()
    const query = vi.spyOn(scene.store, 'query').mockRejectedValueOnce(new Error('away'))
    scene.now += HOUR
    await vi.advanceTimersByTimeAsync(30_000)
    expect(errors).toMatchObject([{ type: 'error', code: 'SWEEP_FAILED', cause: { message: 'away' } }])
    query.mockRestore()
    scene.now += MINUTE
    await vi.advanceTimersByTimeAsync(HOUR)
    await lifecycle.stop()
    expect(scene.events.map(({ type }) => type)).toContain('expired')
  })

  it.each<[string, Partial<LifecycleOptions> | undefined, string]>([
    ['nothing', undefined, 'SESSIONS_MISSING'],
    ['no sessions', { sessions: undefined as never }, 'SESSIONS_MISSING'],
    ['sessions that are none', { sessions: {} as never }, 'SESSIONS_MISSING'],
    ['an unknown option', { sweepEvery: 5 } as never, 'LIFECYCLE_INVALID'],
    ['no time between sweeps', { sweepEveryMs: 0 }, 'LIFECYCLE_INVALID'],
    ['a share above 1', { memory: { share: 2 } }, 'LIFECYCLE_INVALID'],
    ['memory that is no object', { memory: true as never }, 'LIFECYCLE_INVALID'],
    ['a gauge that is none', { memory: { gauge: 5 as never } }, 'LIFECYCLE_INVALID'],
    ['a policy that is none', { anomaly: { policy: 'forgive' as never } }, 'LIFECYCLE_INVALID'],
    ['a handler that is none', { onEvent: 'log' as never }, 'LIFECYCLE_INVALID'],
    ['a limit of none', { limits: { perUser: 0 } }, 'LIMIT_INVALID'],
    ['a limit without a number', { limits: { total: {} as never } }, 'LIMIT_INVALID'],
    ['a limit with an unknown policy', { limits: { perUser: { onLimit: 'ask' as never } } }, 'LIMIT_INVALID'],
    ['unknown limits', { limits: { perAgent: 5 } as never }, 'LIMIT_INVALID'],
  ])('refuses %s', (_, options, code) => {
    const whole = options === undefined ? (undefined as never) : { sessions: new SessionScene().sessions, ...options }
    expect(() => new LifecycleManager(whole as LifecycleOptions)).toThrow(expect.objectContaining({ code }))
  })
})

describe('events', () => {
  it('are awaited, one after the other, whoever causes them', async () => {
    const scene = new SessionScene()
    const order: string[] = []
    const lifecycle = new LifecycleManager({
      sessions: scene.sessions,
      onEvent: async ({ type, sessionId }) => {
        order.push(`${type} ${sessionId} begins`)
        await new Promise((resolve) => setImmediate(resolve))
        order.push(`${type} ${sessionId} ends`)
      },
    })
    const service = scene.sessions.asService()
    const [a] = await Promise.all([service.create({ id: 'a' }), service.create({ id: 'b' })])
    await a.archive()
    expect(order).toEqual(['created a', 'created b', 'archived a'].flatMap((one) => [`${one} begins`, `${one} ends`]))
    await lifecycle.stop()
  })

  it('tell what one session goes through', async () => {
    const scene = new SessionScene()
    const lifecycle = new LifecycleManager({ sessions: scene.sessions })
    const heard: string[] = []
    for (const type of ['created', 'resumed', 'idle', 'archived', 'expired', 'deleted'] as const) {
      lifecycle.on(type, (event) => void heard.push(`${event.type} ${event.userId} by ${event.by}`))
    }
    const session = await scene.sessions.as({ userId: 'ada' }).create({ id: 'chat' })
    scene.now += HOUR
    await lifecycle.sweep()
    await session.messages.append(said)
    scene.now += 5 * HOUR
    await lifecycle.sweep()
    await (await scene.sessions.asService('desk').get('chat'))?.archive()
    await session.restore()
    await session.delete()
    expect(heard).toEqual([
      'created ada by ada',
      'idle ada by lifecycle',
      'resumed ada by undefined',
      'expired ada by lifecycle',
      'archived ada by desk',
      'resumed ada by ada',
      'deleted ada by ada',
    ])
  })

  it('of a handler that throws are told to all, and break nothing', async () => {
    const scene = new SessionScene()
    const errors: SessionEvent[] = []
    const lifecycle = new LifecycleManager({ sessions: scene.sessions, onError: (event) => void errors.push(event) })
    const failure = new Error('no')
    const off = lifecycle.on('created', () => {
      throw failure
    })
    const session = await scene.sessions.asService().create({ id: 'chat' })
    expect(session.state).toBe('active')
    expect(errors).toMatchObject([
      { type: 'error', code: 'EVENT_HANDLER_FAILED', sessionId: 'chat', detail: { event: 'created' }, cause: failure },
    ])
    expect(scene.heard()).toEqual(['created', 'error EVENT_HANDLER_FAILED'])
    off()
    await scene.sessions.asService().create()
    expect(errors).toHaveLength(1)
  })

  it('whose failure cannot even be told become warnings of the process', async () => {
    const scene = new SessionScene({
      onEvent: () => {
        throw new Error('always')
      },
    })
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    await scene.sessions.asService().create()
    expect(warned).toHaveBeenCalledWith(expect.any(String), expect.objectContaining({ code: 'EVENT_HANDLER_FAILED' }))
    warned.mockRestore()
  })

  it('may be caused by a handler, which does not wait for itself', async () => {
    const scene = new SessionScene()
    const lifecycle = new LifecycleManager({ sessions: scene.sessions })
    const service = scene.sessions.asService()
    lifecycle.on('created', async ({ sessionId = '' }) => {
      await (await service.get(sessionId))?.archive()
    })
    await service.create({ id: 'chat' })
    await lifecycle.stop()
    expect(scene.heard()).toEqual(['created', 'archived'])
  })

  it('go on when a handler never ends', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const scene = new SessionScene()
    const lifecycle = new LifecycleManager({ sessions: scene.sessions })
    lifecycle.on('created', () => new Promise(() => undefined))
    const made = scene.sessions.asService().create({ id: 'chat' })
    await vi.advanceTimersByTimeAsync(10_000)
    expect((await made).id).toBe('chat')
    expect(scene.heard()).toEqual(['created', 'error EVENT_HANDLER_SLOW'])
    vi.useRealTimers()
  })
})

describe('memory', () => {
  it('that gets short is given back: what saves reading first, then sessions that nothing happens in', async () => {
    const scene = new SessionScene()
    const shares = [0.5, 0.9, 0.9, 0.5, 0.95, 0.95, 0.9]
    const gauge = () => shares.shift() ?? 0
    const lifecycle = new LifecycleManager({ sessions: scene.sessions, memory: { share: 0.8, gauge } })
    const session = await scene.sessions.asService().create({ id: 'chat' })
    await session.messages.append(said)
    scene.heard()
    await lifecycle.relieve()
    expect(scene.heard()).toEqual([])
    await lifecycle.relieve()
    expect(scene.events).toMatchObject([
      { type: 'limit', code: 'MEMORY_PRESSURE', detail: { share: 0.9, sessions: 0, archived: 0 } },
    ])
    scene.heard()
    await lifecycle.relieve()
    expect(scene.events[0]?.detail?.sessions).toBeGreaterThan(0)
    expect(await session.messages.list()).toHaveLength(1)
    await session.messages.append(said)
    expect(session.counts.messages).toBe(2)
  })

  it('is looked at in passing, and a turn under way is not disturbed', async () => {
    const scene = new SessionScene()
    const lifecycle = new LifecycleManager({ sessions: scene.sessions, memory: { share: 0.1, gauge: () => 1 } })
    const session = await scene.sessions.asService().create({ id: 'chat' })
    await session.turn(async (turn) => {
      turn.append(said)
      await turn.checkpoint()
      await lifecycle.relieve()
      turn.append(said)
    })
    expect(session.counts.messages).toBe(2)
    await expect(lifecycle.stop()).resolves.toBeUndefined()
  })
})
