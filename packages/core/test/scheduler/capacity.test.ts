import { describe, expect, it } from 'vitest'
import type { Load } from '../../src/index.ts'
import { adapt, capacityOf, mostOf } from '../../src/scheduler/capacity.ts'
import { deviceOf } from '../../src/scheduler/device.ts'
import { SchedulerScene } from './scene.ts'

const QUIET: Load = { delayMs: 1, memory: 0.2 }
const MiB = 1024 ** 2

describe('the capacity of a device', () => {
  it.each([
    [{ cores: 1, freeBytes: 8_192 * MiB }, 16],
    [{ cores: 8, freeBytes: 8_192 * MiB }, 128],
    [{ cores: 8, freeBytes: 160 * MiB }, 10],
    [{ cores: 8, freeBytes: 0 }, 1],
  ])('of %j is %i turns', (device, turns) => {
    expect(capacityOf(device, { least: 1, most: 1_000 })).toBe(turns)
    expect(mostOf(device)).toBe(turns * 4)
  })

  it.each<[string, Load, boolean, number, number]>([
    ['is lowered when the event loop is late', { delayMs: 150, memory: 0.2 }, true, 16, 11],
    ['is lowered when memory is short', { delayMs: 1, memory: 0.9 }, true, 16, 11],
    ['is not lowered below the least', { delayMs: 150, memory: 0.2 }, true, 2, 2],
    ['stays between the two', { delayMs: 75, memory: 0.2 }, true, 8, 8],
    ['stays while only the delay is low', { delayMs: 1, memory: 0.8 }, true, 8, 8],
    ['is raised while turns wait', QUIET, true, 16, 17],
    ['is not raised above the most', QUIET, true, 40, 40],
    ['comes back to what it was, though nobody waits', QUIET, false, 8, 9],
    ['grows no further when nobody waits', QUIET, false, 16, 16],
  ])('%s', (_, load, isWanted, now, then) => {
    expect(adapt(now, { load, isWanted, first: 16, bounds: { least: 2, most: 40 } })).toBe(then)
  })

  it('changes how many turns run, while they run', async () => {
    let load = QUIET
    const heard: (number | undefined)[] = []
    const scene = new SchedulerScene({ concurrency: { min: 2, max: 8, gauge: () => load, everyMs: 1 } })
    scene.scheduler.on('capacity', ({ concurrency }) => heard.push(concurrency))
    const until = async (is: () => boolean): Promise<void> => {
      while (!is()) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    const now = () => scene.scheduler.stats()
    let isOver = false
    const turn = async (n: number): Promise<void> => {
      const session = scene.session(`session ${n}`)
      while (!isOver) await session.turn(() => new Promise((resolve) => setTimeout(resolve, 2)))
    }
    const all = Array.from({ length: 20 }, (_, n) => turn(n))
    await until(() => now().running === 8)
    load = { delayMs: 500, memory: 0.2 }
    await until(() => now().concurrency === 2 && now().running <= 2)
    expect(heard).toEqual([5, 3, 2])
    expect(now().load).toEqual(load)
    load = QUIET
    await until(() => now().running === 8)
    expect(heard).toEqual([5, 3, 2, 3, 4, 5, 6, 7, 8])
    isOver = true
    await Promise.all(all)
  })

  it('that is given stays as it is', async () => {
    const scene = new SchedulerScene({ concurrency: 3 })
    await Promise.all(Array.from({ length: 9 }, (_, n) => scene.run(`turn ${n}`, 1)))
    expect(scene.most).toBe(3)
    expect(scene.scheduler.stats()).not.toHaveProperty('load')
  })

  it('is of this device unless it is said otherwise', () => {
    const { concurrency } = new SchedulerScene().scheduler.stats()
    expect(concurrency).toBe(capacityOf(deviceOf(undefined), { least: 1, most: 1_000_000 }))
    expect(new SchedulerScene({ concurrency: { memory: 1 } }).scheduler.stats().concurrency).toBe(1)
  })
})
