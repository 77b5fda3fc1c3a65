import { describe, expect, it } from 'vitest'
import { Complexities, plainWeight } from '../../src/scheduler/complexity.ts'
import { pass, passUntil, virtualScene } from './scene.ts'

describe('how heavy a turn is', () => {
  it('is told by its tools and its context, or by how long the session is', () => {
    expect(plainWeight(undefined, 0)).toBe(1)
    expect(plainWeight({ tools: 20 }, 0)).toBe(2)
    expect(plainWeight({ contextTokens: 50_000 }, 1_000)).toBe(2)
    expect(plainWeight(undefined, 500)).toBe(2)
  })

  it('is learned from what turns of its agent took, against those of others', () => {
    const complexities = new Complexities()
    expect(complexities.weigh('slow', undefined, 0)).toBe(1)
    for (let n = 0; n < 20; n++) {
      complexities.learn('slow', { ms: 9_000, plainWeight: 1, spent: undefined })
      complexities.learn('quick', { ms: 1_000, plainWeight: 1, spent: undefined })
    }
    const [slow, quick] = [complexities.weigh('slow', undefined, 0), complexities.weigh('quick', undefined, 0)]
    expect(slow / quick).toBeCloseTo(9, 5)
    expect(slow).toBeGreaterThan(1)
    expect(quick).toBeLessThan(1)
    expect(complexities.weigh('unknown', undefined, 0)).toBe(1)
    expect(complexities.weigh('slow', 3, 0)).toBe(3)
  })

  it('is bounded, whatever was learned', () => {
    const complexities = new Complexities()
    complexities.learn('endless', { ms: 1e9, plainWeight: 1, spent: undefined })
    for (let n = 0; n < 100; n++) complexities.learn('quick', { ms: 0, plainWeight: 1, spent: undefined })
    expect(complexities.weigh('endless', undefined, 0)).toBe(8)
  })

  it('says what a turn usually spends, the newest most', () => {
    const complexities = new Complexities()
    expect(complexities.usuallySpent('agent')).toBeUndefined()
    complexities.learn('agent', { ms: 1, plainWeight: 1, spent: { tokens: 100, micros: 10 } })
    complexities.learn('agent', { ms: 1, plainWeight: 1, spent: undefined })
    expect(complexities.usuallySpent('agent')).toEqual({ tokens: 100, micros: 10 })
    complexities.learn('agent', { ms: 1, plainWeight: 1, spent: { tokens: 200, micros: 10 } })
    expect(complexities.usuallySpent('agent')).toEqual({ tokens: 120, micros: 10 })
  })

  it('lets the lighter of two that came together go first', async () => {
    const scene = virtualScene({ concurrency: 1 })
    const all = ['holds', 'heavy', 'light'].map((name) =>
      scene.run(name, 1_000, { complexity: name === 'heavy' ? 4 : 1 }),
    )
    await passUntil(all)
    expect(scene.begun).toEqual(['holds', 'light', 'heavy'])
  })

  it('is learned while turns run', async () => {
    const scene = virtualScene({ concurrency: 1 })
    const service = scene.sessions.asService()
    const session = async (agentId: string) => service.create({ agentId })
    const [slow, quick] = [await session('slow'), await session('quick')]
    for (let n = 0; n < 3; n++) {
      await passUntil([scene.run('slow', 20_000, {}, slow), scene.run('quick', 1_000, {}, quick)], 500)
    }
    const all = [scene.run('holds', 1_000)]
    await pass(100)
    all.push(scene.run('slow', 20_000, {}, slow), scene.run('quick', 1_000, {}, quick))
    await passUntil(all, 500)
    expect(scene.begun.slice(-3)).toEqual(['holds', 'quick', 'slow'])
  })
})
