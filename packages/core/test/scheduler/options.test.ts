import { describe, expect, it } from 'vitest'
import { ProcessScheduler, SessionManager, type TurnOptions } from '../../src/index.ts'
import { SchedulerScene } from './scene.ts'

const OK = { per: 'user', tokens: 1 }

const wrong: [string, unknown[]][] = [
  [
    'SCHEDULER_INVALID',
    [
      null,
      7,
      [],
      { slots: 4 },
      { concurrency: 0 },
      { concurrency: 1.5 },
      { concurrency: Number.NaN },
      { concurrency: '4' },
      { concurrency: null },
      { concurrency: { least: 1 } },
      { concurrency: { min: 0 } },
      { concurrency: { min: 5, max: 4 } },
      { concurrency: { memory: -1 } },
      { concurrency: { everyMs: 2 ** 31 } },
      { concurrency: { gauge: 0.5 } },
      { compare: 'priority' },
      { clock: 0 },
    ],
  ],
  [
    'LIMIT_INVALID',
    [{ limits: 4 }, { limits: [] }, { limits: { user: 1 } }, { limits: { perUser: 0 } }, { limits: { perAgent: 'x' } }],
  ],
  [
    'BUDGET_INVALID',
    [
      { budgets: OK },
      { budgets: [null] },
      { budgets: [{ tokens: 1 }] },
      { budgets: [{ per: 'day', tokens: 1 }] },
      { budgets: [{ per: 'user' }] },
      { budgets: [{ ...OK, tokens: -1 }] },
      { budgets: [{ ...OK, money: Number.POSITIVE_INFINITY }] },
      { budgets: [{ ...OK, every: 'week' }] },
      { budgets: [{ ...OK, kind: '' }] },
      { budgets: [{ ...OK, over: 'ignore' }] },
      { budgets: [{ ...OK, over: 'defer' }] },
      { budgets: [{ ...OK, over: 'degrade' }] },
      { budgets: [{ ...OK, degrade: () => undefined }] },
      { budgets: [{ ...OK, limit: 5 }] },
      { budgets: [OK, { ...OK, tokens: 2 }] },
    ],
  ],
]

describe('the options of a scheduler', () => {
  it.each(wrong.flatMap(([code, all]) => all.map((options) => [code, options] as const)))(
    'are refused with %s: %j',
    (code, options) => {
      expect(() => new ProcessScheduler(options as never)).toThrow(expect.objectContaining({ code }))
    },
  )

  it.each([{ scheduler: {} }, { scheduler: null }, { scheduler: 4 }])(
    'of a session manager are checked: %j',
    (options) => {
      const { store } = new SchedulerScene()
      expect(() => new SessionManager({ store, ...options } as never)).toThrow(
        expect.objectContaining({ code: 'SCHEDULER_INVALID' }),
      )
    },
  )
})

describe('the options of a turn', () => {
  it.each<[string, unknown]>([
    ['COST_INVALID', { cost: -1 }],
    ['COST_INVALID', { cost: Number.NaN }],
    ['COST_INVALID', { cost: '5' }],
    ['COST_INVALID', { cost: [5] }],
    ['COST_INVALID', { cost: {} }],
    ['COST_INVALID', { cost: { tokens: -5 } }],
    ['COST_INVALID', { cost: { tokens: 5, euros: 1 } }],
    ['COST_INVALID', { cost: { money: 1e12 } }],
    ['COMPLEXITY_INVALID', { complexity: 0 }],
    ['COMPLEXITY_INVALID', { complexity: Number.POSITIVE_INFINITY }],
    ['COMPLEXITY_INVALID', { complexity: 'heavy' }],
    ['COMPLEXITY_INVALID', { complexity: { tools: -1 } }],
    ['COMPLEXITY_INVALID', { complexity: { size: 1 } }],
    ['TURN_OPTIONS_INVALID', { priority: 'soon' }],
  ])('are refused with %s: %j', async (code, options) => {
    const scene = new SchedulerScene()
    await expect(scene.run('one', 0, options as TurnOptions)).rejects.toMatchObject({ code })
    expect(scene.begun).toEqual([])
    expect(scene.scheduler.stats()).toMatchObject({ running: 0, waiting: 0 })
    await scene.scheduler.drain()
  })

  it('need a unit when there are budgets of both', async () => {
    const scene = new SchedulerScene({
      budgets: [
        { per: 'user', tokens: 5 },
        { per: 'tenant', money: 5 },
      ],
    })
    await expect(scene.run('one', 0, { cost: 1 })).rejects.toMatchObject({ code: 'COST_INVALID' })
    await scene.run('one', 0, { cost: { tokens: 1 } })
    const spends = scene.session('two').turn((turn) => turn.spent(4))
    await expect(spends).rejects.toMatchObject({ code: 'COST_INVALID' })
  })

  it.each([{ cost: 5 }, { complexity: 2 }])(
    '%j are refused where there is no scheduler to hear them',
    async (options) => {
      const { store } = new SchedulerScene()
      const session = new SessionManager({ store }).asService().open('one')
      await expect(session.turn(() => undefined, options)).rejects.toMatchObject({ code: 'TURN_OPTIONS_INVALID' })
    },
  )

  it('call classes as before, too', async () => {
    const scene = new SchedulerScene()
    await scene.run('a', 0, { priority: 'high' })
    await scene.run('b', 0, { priority: 'low' })
    const { urgent, background } = scene.scheduler.stats().byPriority
    expect([urgent.started, background.started]).toEqual([1, 1])
  })

  it('may be none, and what a turn spent stands in its record without a scheduler, too', async () => {
    const { store } = new SchedulerScene()
    const session = new SessionManager({ store }).asService().open('one')
    const id = await session.turn((turn) => {
      turn.spent(7)
      return turn.id
    })
    expect(await session.turnRecord(id)).toMatchObject({ spent: { tokens: 7, money: 0 } })
  })
})
