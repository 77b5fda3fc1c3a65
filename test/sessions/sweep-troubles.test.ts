import type { SessionEvent } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE, Scene } from './scene.ts'
import { subjects } from './subjects.ts'

describe.each(subjects)('a sweep in trouble on $name', (subject) => {
  const scene = Scene.on(subject)

  it('tells of a session that cannot be read, and looks at all others', async () => {
    await scene
      .manager()
      .asService()
      .createMany(Array.from({ length: 20 }, (_, n) => ({ id: `s${n}`, ttl: HOUR })))
    const broken = { id: 'broken', ops: [{ put: 's', value: new TextEncoder().encode('{') }] }
    await scene.store.commit({ tenant: scene.tenant, id: 's7' }, broken)
    scene.heard()
    scene.now += HOUR
    expect(await scene.manager().sweep()).toBe(19)
    const errors = scene.events.filter(({ type }) => type === 'error')
    expect(errors).toMatchObject([{ code: 'SWEEP_FAILED', sessionId: 's7', cause: { code: 'CHECKPOINT_CORRUPT' } }])
  })

  it('whose handlers take longer than its lease leaves the rest to the next, which misses nothing', async () => {
    const slow: SessionEvent[] = []
    const sessions = scene.manager({
      onEvent: (event) => {
        if (event.type !== 'expired') return
        slow.push(event)
        scene.now += MINUTE
      },
    })
    await sessions.asService().createMany(Array.from({ length: 60 }, () => ({ ttl: HOUR })))
    scene.heard()
    scene.now += HOUR
    await sessions.sweep()
    expect(slow.length).toBeLessThan(60)
    await scene.manager().sweep()
    const ids = [...slow, ...scene.events.filter(({ type }) => type === 'expired')].map(({ sessionId }) => sessionId)
    expect(new Set(ids).size).toBe(60)
    const again = scene.events.filter(({ detail }) => detail?.again)
    expect(ids.length - 60).toBeLessThanOrEqual(again.length)
  })

  it('that is told to end does so at the end of a part, and says how many it did', async () => {
    await scene
      .manager()
      .asService()
      .createMany(Array.from({ length: 60 }, () => ({ ttl: HOUR })))
    scene.heard()
    scene.now += HOUR
    const closing: Promise<void>[] = []
    const sessions = scene.manager({
      onEvent: (event) => {
        scene.events.push(event)
        if (closing.length === 0) closing.push(sessions.close())
      },
    })
    const count = await sessions.sweep()
    await Promise.all(closing)
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThan(60)
    expect(scene.heard()).toHaveLength(count)
    expect(await scene.manager().sweep()).toBe(60 - count)
  })

  it('deletes what is over though nobody ever swept, and the store forgets it though nobody ever does', async () => {
    const brief = { expireMs: HOUR, keepMs: HOUR }
    await scene.manager().asService().create({ id: 'swept', expiry: brief })
    scene.now += 3 * HOUR
    expect((await scene.manager().asService().get('swept'))?.state).toBe('expired')
    expect(await scene.manager().sweep()).toBe(1)
    expect(scene.heard()).toEqual(['created', 'deleted'])
    await scene.manager().asService().create({ id: 'forgotten', expiry: brief })
    scene.now += 27 * HOUR
    expect(await scene.manager().asService().list()).toEqual({ sessions: [] })
    expect(await scene.manager().sweep()).toBe(0)
  })
})
