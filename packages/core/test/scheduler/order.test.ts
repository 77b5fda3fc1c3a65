import { AGEING_BOUND_MS } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { passUntil, type SchedulerScene, virtualScene } from './scene.ts'

const COUNTS = { background: 1_000, normal: 100, urgent: 10 } as const
type Class = keyof typeof COUNTS

const classOf = (name: string): string => name.split(' ')[0] ?? ''

/** 1,000 background, 100 normal and 10 urgent turns of a second each, which come at once. */
function crowd(scene: SchedulerScene): Promise<void>[] {
  return (Object.keys(COUNTS) as Class[]).flatMap((priority) =>
    Array.from({ length: COUNTS[priority] }, (_, n) => scene.run(`${priority} ${n}`, 1_000, { priority })),
  )
}

/** As `urgent x10, normal x100`. */
function runsOf(names: readonly string[]): string {
  const runs: [string, number][] = []
  for (const name of names.map(classOf)) {
    const last = runs.at(-1)
    if (last?.[0] === name) last[1]++
    else runs.push([name, 1])
  }
  return runs.map(([name, count]) => `${name} x${count}`).join(', ')
}

describe('1,000 background, 100 normal and 10 urgent turns on 4 slots', () => {
  it('run the urgent first, then the normal, and all of them', async () => {
    const scene = virtualScene({ concurrency: 4 })
    await passUntil(crowd(scene), 1_000)
    process.stdout.write(`order: ${runsOf(scene.begun)}\n`)
    // The first four had begun before others came.
    expect(runsOf(scene.begun)).toBe('background x4, urgent x10, normal x100, background x996')
    const own = (name: string): string[] => scene.begun.filter((begun) => classOf(begun) === name)
    for (const [name, count] of Object.entries(COUNTS)) {
      expect(own(name)).toEqual(Array.from({ length: count }, (_, n) => `${name} ${n}`))
    }
    expect(scene.most).toBe(4)
  })

  it('run in another order by another compare', async () => {
    const scene = virtualScene({
      concurrency: 4,
      compare: (a, b) =>
        ['background', 'urgent', 'normal'].indexOf(a.priority) - ['background', 'urgent', 'normal'].indexOf(b.priority),
    })
    await passUntil(crowd(scene), 1_000)
    process.stdout.write(`order of another compare: ${runsOf(scene.begun)}\n`)
    expect(runsOf(scene.begun)).toBe('background x1000, urgent x10, normal x100')
  })

  it('starve nobody while urgent turns keep coming', async () => {
    const scene = virtualScene({ concurrency: 4 })
    const all = Array.from({ length: 40 }, (_, n) => scene.run(`background ${n}`, 1_000, { priority: 'background' }))
    // As many as there is room for come each second, and would keep the slots to themselves.
    for (let second = 0; second < 240; second++) {
      for (let n = 0; n < 4; n++) all.push(scene.run(`urgent ${second}.${n}`, 1_000, { priority: 'urgent' }))
      await passUntil([Promise.resolve()], 1_000)
    }
    await passUntil(all, 1_000)
    const last = scene.begun.findLastIndex((name) => classOf(name) === 'background')
    const before = scene.begun.slice(0, last).filter((name) => classOf(name) === 'urgent')
    const latest = Math.max(...before.map((name) => Number(name.split(' ')[1]?.split('.')[0])))
    process.stdout.write(`the last background turn was overtaken by urgent ones that came up to ${latest} s after it\n`)
    expect(latest * 1_000).toBeLessThanOrEqual(AGEING_BOUND_MS)
    expect(latest).toBeGreaterThan(30)
  })
})
