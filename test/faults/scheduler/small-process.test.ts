import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'
import { startChild } from '../turns/child.ts'
import { report } from '../turns/report.ts'
import type { Told } from './small-child.ts'

const MEMORY = 256 * 1024 ** 2
/** On Linux a process can be held to one core. Elsewhere it has all, and is held by its memory alone. */
const holdsToCore = spawnSync('taskset', ['--version']).status === 0

describe('a process of one core and 256 MB', () => {
  it('lowers by itself how many turns run, raises it again, and bears ten busy sessions', async () => {
    const child = startChild(
      '../scheduler/small',
      { memory: MEMORY },
      {
        within: holdsToCore ? ['taskset', '-c', '0'] : [],
        node: ['--max-old-space-size=128'],
      },
    )
    const phases: Told[] = []
    for (let phase = 0; phase < 3; phase++) phases.push(JSON.parse(await child.line()) as Told)
    const [begins, blocked, free] = phases as [Told, Told, Told]
    const { turns, counts } = JSON.parse(await child.line()) as { turns: number[]; counts: number[] }
    await child.end()
    report(
      `${begins.cores} core, ${Math.round(free.rss / 1024 ** 2)} MB at most: ${begins.concurrency} turns at once, ` +
        `${blocked.concurrency} while it is blocked, ${free.concurrency} after; ${turns.reduce((a, b) => a + b)} turns of ten sessions`,
    )
    expect(begins.cores).toBe(holdsToCore ? 1 : availableParallelism())
    expect(blocked.concurrency).toBeLessThanOrEqual(begins.concurrency / 4)
    expect(free.concurrency).toBeGreaterThanOrEqual(begins.concurrency)
    expect(free.rss).toBeLessThan(MEMORY)
    expect(turns.every((count) => count > 0)).toBe(true)
    expect(counts).toEqual(turns.map((count) => count * 2))
  })
})
