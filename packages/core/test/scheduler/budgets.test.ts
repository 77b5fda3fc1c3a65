import { describe, expect, it } from 'vitest'
import {
  type Budget,
  type Cost,
  type OverBudget,
  ProcessScheduler,
  type Session,
  SessionManager,
  type Turn,
} from '../../src/index.ts'
import { gate, meddled } from '../turn/scene.ts'
import { pass, passUntil, type SchedulerScene, virtualScene } from './scene.ts'

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'ran',
    (error: { code?: string }) => error.code ?? error,
  )

const spending = (spent: Cost) => (turn: Turn) => turn.spent(spent)

async function sessionOf(
  scene: SchedulerScene,
  init: Parameters<ReturnType<SessionManager['asService']>['create']>[0],
) {
  return scene.sessions.asService().create(init)
}

describe('a budget', () => {
  it.each<[string, Budget, Cost]>([
    ['of tokens', { per: 'user', tokens: 100 }, { tokens: 60 }],
    ['of money', { per: 'user', money: 1 }, { money: 0.6 }],
    ['of money, by numbers', { per: 'tenant', money: 1 }, 0.6],
    ['of both, of which one is over', { per: 'agent', tokens: 1_000, money: 1 }, { tokens: 1, money: 0.6 }],
    ['of a session', { per: 'session', tokens: 100 }, 60],
    ['of a day', { per: 'tenant', every: 'day', tokens: 100 }, 60],
  ])('%s lets in what it has enough for, and rejects the rest', async (_, budget, cost) => {
    const scene = virtualScene({ budgets: [budget] })
    const session = await sessionOf(scene, { userId: 'ada', agentId: 'helper' })
    expect(await codeOf(session.turn(spending(cost), { cost }))).toBe('ran')
    expect(await codeOf(session.turn(spending(cost), { cost }))).toBe('BUDGET_EXCEEDED')
    expect(scene.scheduler.stats()).toMatchObject({ completed: 1, rejected: 1, running: 0 })
  })

  it('says what is left, and until when', async () => {
    const scene = virtualScene({ budgets: [{ per: 'user', every: 'day', tokens: 100 }] })
    const session = await sessionOf(scene, { userId: 'ada' })
    const tomorrow = new Date(Math.ceil((Date.now() + 1) / 86_400_000) * 86_400_000).toISOString()
    await expect(session.turn(() => undefined, { cost: 101 })).rejects.toThrow(
      `The budget per user and day has 100 tokens left, which this turn exceeds: wait until ${tomorrow}, or ask for less`,
    )
  })

  it('is of each user alone, and not of turns without one', async () => {
    const scene = virtualScene({ budgets: [{ per: 'user', tokens: 100 }] })
    const [ada, bob, nobody] = await Promise.all([
      sessionOf(scene, { userId: 'ada' }),
      sessionOf(scene, { userId: 'bob' }),
      sessionOf(scene, {}),
    ])
    for (const session of [ada, bob]) {
      expect(await codeOf(session.turn(spending(100), { cost: 100 }))).toBe('ran')
      expect(await codeOf(session.turn(spending(1), { cost: 1 }))).toBe('BUDGET_EXCEEDED')
    }
    expect(await codeOf(nobody.turn(spending(1_000), { cost: 1_000 }))).toBe('ran')
  })

  it('counts only sessions of its kind', async () => {
    const scene = virtualScene({
      budgets: [
        { per: 'user', kind: 'support', tokens: 10 },
        { per: 'user', tokens: 1_000 },
      ],
    })
    const support = await sessionOf(scene, { userId: 'ada', kind: 'support' })
    const chat = await sessionOf(scene, { userId: 'ada', kind: 'chat' })
    expect(await codeOf(support.turn(spending(11), { cost: 11 }))).toBe('BUDGET_EXCEEDED')
    expect(await codeOf(chat.turn(spending(995), { cost: 11 }))).toBe('ran')
    expect(await codeOf(support.turn(spending(6), { cost: 6 }))).toBe('BUDGET_EXCEEDED')
    expect(await codeOf(support.turn(spending(5), { cost: 5 }))).toBe('ran')
  })

  it('reserves what turns under way may take, and has back what they did not', async () => {
    const scene = virtualScene({ concurrency: 4, budgets: [{ per: 'user', tokens: 100 }] })
    const [one, two] = await Promise.all([sessionOf(scene, { userId: 'ada' }), sessionOf(scene, { userId: 'ada' })])
    const begun = gate()
    const done = gate()
    const running = one.turn(
      async (turn) => {
        begun.resolve()
        await done.promise
        turn.spent(10)
        turn.spent({ tokens: 5 })
      },
      { cost: 80 },
    )
    await begun.promise
    expect(await codeOf(two.turn(spending(30), { cost: 30 }))).toBe('BUDGET_EXCEEDED')
    done.resolve()
    await running
    expect(await codeOf(two.turn(spending(85), { cost: 85 }))).toBe('ran')
    expect(await codeOf(two.turn(spending(1), { cost: 1 }))).toBe('BUDGET_EXCEEDED')
  })

  it('counts what was reserved of a turn that is complete and says nothing, and nothing of one that failed', async () => {
    const scene = virtualScene({ budgets: [{ per: 'user', tokens: 100 }] })
    const session = await sessionOf(scene, { userId: 'ada' })
    await session.turn(() => Promise.reject(new Error('no')), { cost: 100 }).catch(() => undefined)
    expect(await codeOf(session.turn(() => undefined, { cost: 60 }))).toBe('ran')
    expect(await codeOf(session.turn(() => undefined, { cost: 60 }))).toBe('BUDGET_EXCEEDED')
    await session
      .turn(
        (turn) => {
          turn.spent(40)
          throw new Error('no')
        },
        { cost: 40 },
      )
      .catch(() => undefined)
    expect(await codeOf(session.turn(() => undefined, { cost: 1 }))).toBe('BUDGET_EXCEEDED')
  })

  it('counts in full what a turn spent beyond what was reserved', async () => {
    const scene = virtualScene({ budgets: [{ per: 'user', tokens: 100 }] })
    const session = await sessionOf(scene, { userId: 'ada' })
    await session.turn(spending(150), { cost: 10 })
    expect(await codeOf(session.turn(() => undefined, { cost: 0 }))).toBe('ran')
    expect(await codeOf(session.turn(() => undefined))).toBe('BUDGET_EXCEEDED')
  })

  it('reserves for a turn without a cost what turns of its agent spend', async () => {
    const scene = virtualScene({ concurrency: 4, budgets: [{ per: 'user', tokens: 100 }] })
    const init = { userId: 'ada', agentId: 'helper' }
    const [one, two] = await Promise.all([sessionOf(scene, init), sessionOf(scene, init)])
    await one.turn(spending(40))
    const begun = gate()
    const done = gate()
    const running = one.turn(async (turn) => {
      begun.resolve()
      await done.promise
      turn.spent(40)
    })
    await begun.promise
    expect(await codeOf(two.turn(() => undefined, { cost: 21 }))).toBe('BUDGET_EXCEEDED')
    done.resolve()
    await running
    expect(await codeOf(two.turn(spending(20), { cost: 20 }))).toBe('ran')
  })

  it('is all or nothing with the others: what one refuses is reserved of none', async () => {
    const scene = virtualScene({
      budgets: [
        { per: 'tenant', tokens: 100 },
        { per: 'session', tokens: 10 },
      ],
    })
    const [one, two] = await Promise.all([sessionOf(scene, {}), sessionOf(scene, {})])
    expect(await codeOf(one.turn(() => undefined, { cost: 11 }))).toBe('BUDGET_EXCEEDED')
    for (let n = 0; n < 2; n++) expect(await codeOf(two.turn(() => undefined, { cost: 5 }))).toBe('ran')
    expect(await codeOf(two.turn(() => undefined, { cost: 1 }))).toBe('BUDGET_EXCEEDED')
  })

  it('that defers lets the turn wait for the next period, and others run meanwhile', async () => {
    const scene = virtualScene({
      concurrency: 1,
      budgets: [{ per: 'user', every: 'hour', tokens: 100, over: 'defer' }],
    })
    const ada = await sessionOf(scene, { userId: 'ada' })
    const bob = await sessionOf(scene, { userId: 'bob' })
    await ada.turn(spending(90), { cost: 90 })
    const hour = (time: number) => Math.floor(time / 3_600_000)
    const before = hour(Date.now())
    let at = 0
    const deferred = ada.turn(
      () => {
        at = hour(Date.now())
      },
      { cost: 20 },
    )
    await pass(100)
    expect(scene.scheduler.stats()).toMatchObject({ deferred: 1, running: 0, waiting: 0 })
    expect(await codeOf(bob.turn(() => undefined, { cost: 20 }))).toBe('ran')
    await passUntil([deferred], 600_000)
    expect(at - before).toBe(1)
  })

  it('that defers rejects what it would never have enough for, and refuses who waits when the process ends', async () => {
    const scene = virtualScene({ budgets: [{ per: 'user', every: 'hour', tokens: 100, over: 'defer' }] })
    const ada = await sessionOf(scene, { userId: 'ada' })
    expect(await codeOf(ada.turn(() => undefined, { cost: 101 }))).toBe('BUDGET_EXCEEDED')
    await ada.turn(spending(90), { cost: 90 })
    const controller = new AbortController()
    const gaveUp = codeOf(ada.turn(() => undefined, { cost: 20, signal: controller.signal }))
    const another = await sessionOf(scene, { userId: 'ada' })
    const deferred = codeOf(another.turn(() => undefined, { cost: 20 }))
    await pass(100)
    controller.abort({ code: 'GAVE_UP' })
    expect(await gaveUp).toBe('GAVE_UP')
    await scene.scheduler.drain()
    expect(await deferred).toBe('SCHEDULER_DRAINING')
  })

  it('that degrades asks what the turn can do with what is left', async () => {
    const asked: OverBudget[] = []
    const degrade = (over: OverBudget) => {
      asked.push(over)
      return over.left.tokens ? { cost: over.left.tokens, to: { model: 'small' } } : undefined
    }
    const scene = virtualScene({ budgets: [{ per: 'user', tokens: 100, over: 'degrade', degrade }] })
    const session = await sessionOf(scene, { userId: 'ada' })
    expect(await session.turn((turn) => turn.degraded, { cost: 70 })).toBeUndefined()
    let id = ''
    const degraded = await session.turn(
      (turn) => {
        id = turn.id
        return turn.degraded
      },
      { cost: 70 },
    )
    expect(degraded).toEqual({ model: 'small' })
    expect(asked[0]).toMatchObject({ left: { tokens: 30 }, budget: { per: 'user' }, turn: { userId: 'ada' } })
    expect((await session.turnRecord(id))?.scheduled).toMatchObject({ degraded: true, cost: { tokens: 30 } })
    expect(await codeOf(session.turn(() => undefined, { cost: 1 }))).toBe('BUDGET_EXCEEDED')
    expect(scene.scheduler.stats()).toMatchObject({ degraded: 1 })
  })

  it.each([
    ['gives nothing', () => undefined, 'BUDGET_EXCEEDED'],
    ['asks for too much', () => ({ cost: 50 }), 'BUDGET_EXCEEDED'],
    ['gives what is no cost', () => ({ cost: -1 }), 'COST_INVALID'],
    ['gives what is nothing', () => 7 as never, 'BUDGET_INVALID'],
  ])('rejects the turn when its callback %s', async (_, degrade, code) => {
    const scene = virtualScene({ budgets: [{ per: 'tenant', tokens: 10, over: 'degrade', degrade }] })
    expect(await codeOf(scene.session('one').turn(() => undefined, { cost: 11 }))).toBe(code)
    expect(scene.scheduler.stats()).toMatchObject({ running: 0, waiting: 0 })
  })
})

describe('what is reserved', () => {
  /** A second process on the store of the scene. */
  function process(scene: SchedulerScene, budgets: Budget[], store = scene.store): (id: string) => Session {
    const scheduler = new ProcessScheduler({ budgets, clock: () => Date.now() })
    const sessions = new SessionManager({ store, scheduler, clock: () => Date.now(), lease: { ttlMs: 3_000 } })
    return (id) => sessions.asService().open(id)
  }

  it('by another process is not there for this one, and is free again when that one has died', async () => {
    const budgets: Budget[] = [{ per: 'tenant', tokens: 100 }]
    const scene = virtualScene({ budgets })
    const dead = meddled(scene.store, (partition, commit) =>
      isDead ? new Promise(() => undefined) : scene.store.commit(partition, commit),
    )
    let isDead = false
    const open = process(scene, budgets, dead)
    const begun = gate()
    void open('one').turn(
      () => {
        begun.resolve()
        return new Promise(() => undefined)
      },
      { cost: 80 },
    )
    await begun.promise
    await pass(10_000)
    // It lives, and renews.
    expect(await codeOf(scene.session('two').turn(() => undefined, { cost: 30 }))).toBe('BUDGET_EXCEEDED')
    isDead = true
    await pass(3_000)
    expect(await codeOf(scene.session('two').turn(() => undefined, { cost: 100 }))).toBe('ran')
  })

  it('is settled once though the reply of the store was lost', async () => {
    const budgets: Budget[] = [{ per: 'tenant', tokens: 100 }]
    const scene = virtualScene({ budgets })
    let loses = 0
    const losing = meddled(scene.store, async (partition, commit) => {
      const outcome = await scene.store.commit(partition, commit)
      if (partition.id.includes('budgets') && loses-- > 0) throw new Error('lost')
      return outcome
    })
    const open = process(scene, budgets, losing)
    await open('one').turn(
      (turn) => {
        turn.spent(60)
        loses = 1
      },
      { cost: 60 },
    )
    await pass(5_000)
    expect(await codeOf(scene.session('two').turn(() => undefined, { cost: 41 }))).toBe('BUDGET_EXCEEDED')
    expect(await codeOf(scene.session('two').turn(() => undefined, { cost: 40 }))).toBe('ran')
  })

  it('is settled later when the store was away, and the turn does not wait for that', async () => {
    const budgets: Budget[] = [{ per: 'tenant', tokens: 100 }]
    const scene = virtualScene({ budgets })
    let isAway = false
    const away = meddled(scene.store, (partition, commit) =>
      isAway && partition.id.includes('budgets')
        ? Promise.reject(new Error('away'))
        : scene.store.commit(partition, commit),
    )
    const open = process(scene, budgets, away)
    await open('one').turn(
      (turn) => {
        turn.spent(60)
        isAway = true
      },
      { cost: 60 },
    )
    expect(await codeOf(open('three').turn(() => undefined, { cost: 1 }))).toEqual(new Error('away'))
    isAway = false
    await pass(5_000)
    expect(await codeOf(scene.session('two').turn(() => undefined, { cost: 41 }))).toBe('BUDGET_EXCEEDED')
    expect(await codeOf(scene.session('two').turn(() => undefined, { cost: 40 }))).toBe('ran')
  })
})
