import { type Budget, ProcessScheduler, type ProcessSchedulerOptions, type SessionManager } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { HOUR, Scene } from './scene.ts'
import { subjects } from './subjects.ts'

describe.each(subjects)('a scheduler on $name', (subject) => {
  const scene = Scene.on(subject)

  /** What another process would have. */
  function process(options: ProcessSchedulerOptions): { scheduler: ProcessScheduler; sessions: SessionManager } {
    const scheduler = new ProcessScheduler({ clock: scene.clock, ...options })
    return { scheduler, sessions: scene.manager({ scheduler }) }
  }

  it('lets the urgent go before the idle', async () => {
    const { scheduler, sessions } = process({ concurrency: 1 })
    const open = (id: string) => sessions.asService().open(id)
    const order: string[] = []
    const [begun, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const holds = open('holds').turn(() => {
      begun.resolve()
      return done.promise
    })
    await begun.promise
    const waits = (['background', 'normal', 'urgent'] as const).map((priority) =>
      open(priority).turn(() => void order.push(priority), { priority }),
    )
    while (scheduler.stats().waiting < waits.length) await new Promise((resolve) => setTimeout(resolve, 5))
    done.resolve()
    await Promise.all([holds, ...waits])
    expect(order).toEqual(['urgent', 'normal', 'background'])
  })

  it('holds two processes to one budget, which begins anew with its period', async () => {
    const budgets: Budget[] = [
      { per: 'user', every: 'day', tokens: 100 },
      { per: 'tenant', every: 'hour', money: 1, over: 'degrade', degrade: () => ({ cost: { tokens: 1, money: 0.1 } }) },
    ]
    const [here, there] = [process({ budgets }), process({ budgets })]
    const session = await here.sessions.as({ userId: 'ada' }).create()
    const again = await there.sessions.as({ userId: 'ada' }).get(session.id)
    const run = (one: typeof session, cost: { tokens: number; money: number }) =>
      one.turn((turn) => turn.degraded ?? 'whole', { cost }).catch((error: { code: string }) => error.code)
    expect(await run(session, { tokens: 60, money: 0.2 })).toBe('whole')
    expect(await run(again ?? session, { tokens: 60, money: 0.2 })).toBe('BUDGET_EXCEEDED')
    expect(await run(again ?? session, { tokens: 30, money: 0.9 })).toBe(true)
    expect(await run(session, { tokens: 20, money: 0.7 })).toBe('whole')
    scene.now += HOUR
    expect(await run(session, { tokens: 20, money: 0.7 })).toBe('BUDGET_EXCEEDED')
    scene.now += 24 * HOUR
    expect(await run(session, { tokens: 100, money: 0.7 })).toBe('whole')
    await Promise.all([here.scheduler.drain(), there.scheduler.drain()])
  })

  it('defers what is over to the next period', async () => {
    const { scheduler, sessions } = process({ budgets: [{ per: 'tenant', every: 'hour', tokens: 10, over: 'defer' }] })
    const session = sessions.asService().open('one')
    await session.turn((turn) => turn.spent(10), { cost: 10 })
    const deferred = session.turn(() => 'ran', { cost: 10 })
    while (scheduler.stats().deferred === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    scene.now += HOUR
    expect(await deferred).toBe('ran')
  })

  it('believes whoever may see the session where its user looks, and nobody else', async () => {
    const { scheduler, sessions } = process({})
    const ada = sessions.as({ userId: 'ada' })
    const { id } = await ada.create()
    const focused = { state: 'focused', ttl: 30_000 } as const
    await scheduler.attention(id, { ...focused, as: ada })
    const eve = sessions.as({ userId: 'eve' })
    await expect(scheduler.attention(id, { ...focused, as: eve })).rejects.toMatchObject({ code: 'ATTENTION_DENIED' })
    expect(scene.heard()).toContain('denied SESSION_NOT_YOURS')
    await ada.delete(id)
    await expect(scheduler.attention(id, { ...focused, as: ada })).rejects.toMatchObject({ code: 'ATTENTION_DENIED' })
  })
})
