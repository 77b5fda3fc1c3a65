import { describe, expect, it } from 'vitest'
import {
  AGEING_BOUND_MS,
  type AttentionState,
  type Heartbeat,
  type HeartbeatAs,
  SessionManager,
} from '../../src/index.ts'
import { pass, passUntil, type SchedulerScene, virtualScene } from './scene.ts'

const FOCUSED: Heartbeat = { state: 'focused', ttl: 30_000 }

/** Numbers that are the same each time, from 0 up to 1. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

interface Visit {
  name: string
  state: AttentionState
  at: number
  ms: number
}

/** 300 turns that come faster than two slots can take them, of users who look and of users who do not. */
function visits(): Visit[] {
  const next = numbers(7)
  let at = 0
  return Array.from({ length: 300 }, (_, n) => {
    at += next() * 850
    const draw = next()
    const state = draw < 0.4 ? 'focused' : draw < 0.8 ? 'away' : 'offline'
    return { name: `${state} ${n}`, state, at: Math.floor(at), ms: 500 + Math.floor(next() * 1_000) }
  })
}

/** How long each waited, ms, and who began when. */
async function serve(
  scene: SchedulerScene,
  all: readonly Visit[],
): Promise<Map<string, { waited: number; came: number }>> {
  const waits = new Map<string, { waited: number; came: number }>()
  const began = Date.now()
  const turns: Promise<void>[] = []
  for (const { name, state, at, ms } of all) {
    const ahead = at - (Date.now() - began)
    if (ahead > 0) await pass(ahead)
    const session = scene.session(name)
    await scene.scheduler.attention(session, { state, ttl: 3_600_000 })
    turns.push(
      session.turn(async () => {
        waits.set(name, { waited: Date.now() - began - at, came: at })
        await new Promise((resolve) => setTimeout(resolve, ms))
      }),
    )
  }
  await passUntil(turns, 50)
  return waits
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

function meansOf(waits: Map<string, { waited: number }>): Record<AttentionState, number> {
  const of = (state: string): number =>
    mean([...waits].filter(([name]) => name.startsWith(state)).map(([, { waited }]) => waited))
  return { focused: of('focused'), away: of('away'), offline: of('offline') }
}

describe('the attention of users', () => {
  it('shortens the waits of those who look, against first come, first served, and bounds those of the others', async () => {
    const load = visits()
    const waits = await serve(virtualScene({ concurrency: 2 }), load)
    const byAttention = meansOf(waits)
    const fifo = meansOf(await serve(virtualScene({ concurrency: 2, compare: () => 0 }), load))
    const say = (means: Record<AttentionState, number>): string =>
      Object.entries(means)
        .map(([state, ms]) => `${state} ${(ms / 1_000).toFixed(1)} s`)
        .join(', ')
    process.stdout.write(`mean waits by attention: ${say(byAttention)}; first come, first served: ${say(fifo)}\n`)
    expect(byAttention.focused).toBeLessThan(fifo.focused / 1.5)
    expect(byAttention.away).toBeGreaterThan(byAttention.focused)
    expect(byAttention.offline).toBeGreaterThan(byAttention.away)
    // Nobody is overtaken by one that came later than the bound.
    const order = [...waits.values()]
    for (const [at, { came }] of order.entries()) {
      const before = order.slice(0, at).map((other) => other.came)
      expect(Math.max(0, ...before) - came).toBeLessThanOrEqual(AGEING_BOUND_MS)
    }
  })

  it('counts ever less until its heartbeat is over', async () => {
    const seen: number[] = []
    const scene = virtualScene({
      concurrency: 1,
      compare: (a, b) => {
        for (const { sessionId, attention } of [a, b]) if (sessionId === 'looked at') seen.push(attention)
        return 0
      },
    })
    const all = Array.from({ length: 5 }, (_, n) => scene.run(`turn ${n}`, 10_000))
    await scene.scheduler.attention(scene.session('looked at'), FOCUSED)
    all.push(scene.run('looked at', 1_000), scene.run('another', 1_000))
    await passUntil(all, 1_000)
    expect([...new Set(seen.map((level) => level.toFixed(2)))]).toEqual(['0.67', '0.33', '0.00'])
  })

  it('moves a turn that waits already', async () => {
    const scene = virtualScene({ concurrency: 1 })
    const all = ['holds', 'first', 'second'].map((name) => scene.run(name, 1_000))
    await pass(100)
    await scene.scheduler.attention(scene.session('second'), FOCUSED)
    await passUntil(all)
    expect(scene.begun).toEqual(['holds', 'second', 'first'])
  })

  it('of an away user yields to that of a focused one, but not what is urgent', async () => {
    const scene = virtualScene({ concurrency: 1 })
    const { scheduler } = scene
    await scheduler.attention(scene.session('away'), { state: 'away', ttl: 60_000 })
    await scheduler.attention(scene.session('offline'), { state: 'offline', ttl: 60_000 })
    await scheduler.attention(scene.session('focused'), FOCUSED)
    await scheduler.attention(scene.session('urgent, away'), { state: 'away', ttl: 60_000 })
    const all = ['holds', 'offline', 'away', 'unknown', 'focused'].map((name) => scene.run(name, 1_000))
    all.push(scene.run('urgent, away', 1_000, { priority: 'urgent' }))
    await passUntil(all)
    expect(scene.begun).toEqual(['holds', 'urgent, away', 'focused', 'unknown', 'away', 'offline'])
  })
})

describe('a heartbeat', () => {
  async function scene() {
    const one = virtualScene()
    const ada = one.sessions.as({ userId: 'ada' })
    const session = await ada.create()
    return { ...one, scheduler: one.scheduler, sessions: one.sessions, ada, session }
  }

  it('is taken from the session, or from its id with a handle of who may see it', async () => {
    const { scheduler, sessions, ada, session } = await scene()
    await scheduler.attention(session, FOCUSED)
    await scheduler.attention(session.id, { ...FOCUSED, as: ada })
    await scheduler.attention(session.id, { ...FOCUSED, as: sessions.asService() })
  })

  it('is refused from whoever has neither, whatever they say that they are', async () => {
    const { scheduler, sessions, store, session } = await scene()
    const elsewhere = new SessionManager({ store, tenant: 'elsewhere' })
    const forged: unknown[] = [
      undefined,
      { userId: 'ada' },
      { get: async () => session },
      sessions.as({ userId: 'eve' }),
      elsewhere.as({ userId: 'ada' }),
    ]
    for (const as of forged) {
      const heartbeat = { ...FOCUSED, as } as HeartbeatAs
      await expect(scheduler.attention(session.id, heartbeat)).rejects.toMatchObject({ code: 'ATTENTION_DENIED' })
    }
    const likeIt = { id: session.id, tenant: session.tenant } as typeof session
    await expect(scheduler.attention(likeIt, FOCUSED)).rejects.toMatchObject({ code: 'ATTENTION_DENIED' })
  })

  it('is refused when it is older than the last one, is one again, or is over', async () => {
    const { scheduler, session } = await scene()
    const now = Date.now()
    const at = (ms: number, state: AttentionState = 'focused') =>
      scheduler.attention(session, { state, ttl: 10_000, at: now + ms })
    await expect(at(-10_000)).rejects.toMatchObject({ code: 'ATTENTION_STALE' })
    await at(-2_000, 'away')
    await at(-1_000)
    await expect(at(-1_000, 'offline')).rejects.toMatchObject({ code: 'ATTENTION_STALE' })
    await expect(at(-1_500)).rejects.toMatchObject({ code: 'ATTENTION_STALE' })
    await scheduler.attention(session, FOCUSED)
    await expect(at(-500)).rejects.toMatchObject({ code: 'ATTENTION_STALE' })
  })

  it('is refused when it is none', async () => {
    const { scheduler, session } = await scene()
    const wrong: unknown[] = [
      null,
      'focused',
      { ttl: 1 },
      { state: 'toString', ttl: 1 },
      { state: 'focused' },
      { state: 'focused', ttl: 0 },
      { state: 'focused', ttl: Number.NaN },
      { state: 'focused', ttl: 10 ** 9 },
      { state: 'focused', ttl: 1_000, at: Date.now() + 3_600_000 },
      { state: 'focused', ttl: 1_000, at: -1 },
      { state: 'focused', ttl: 1_000, sessionId: 'another' },
    ]
    for (const heartbeat of wrong) {
      await expect(scheduler.attention(session, heartbeat as Heartbeat)).rejects.toMatchObject({
        code: 'ATTENTION_INVALID',
      })
    }
  })
})
