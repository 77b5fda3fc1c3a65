import type { GrowthPoint, GrowthResult } from './measure.ts'

/** One result of several runs of a saver: what the first stored, and at each point the time in the middle. */
export function middleOf(runs: readonly GrowthResult[]): GrowthResult | undefined {
  const [first] = runs
  return first && { ...first, points: first.points.map((_, at) => middlePoint(runs, at)) }
}

function middlePoint(runs: readonly GrowthResult[], at: number): GrowthPoint {
  const points = runs.map(({ points }) => points[at] as GrowthPoint)
  const msOfRuns = points.map(({ ms }) => ms)
  return {
    turn: (points[0] as GrowthPoint).turn,
    ms: median(msOfRuns),
    cpuMs: median(points.map(({ cpuMs }) => cpuMs)),
    msOfRuns,
  }
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2
}
