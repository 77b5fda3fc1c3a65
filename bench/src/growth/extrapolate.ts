import type { GrowthResult } from './measure.ts'

export interface Estimated {
  storedBytes?: number
  msAt: Record<number, number>
}

/**
 * What a saver that was stopped early would have come to at `turns`: a parabola through nothing and the sizes at half
 * and at the end, and a straight line through the times of the last two points.
 */
export function extrapolate(result: GrowthResult, turns: number, points: readonly number[]): Estimated {
  const { storedBytes: full, halfStoredBytes: half, turns: measured } = result
  const estimated: Estimated = { msAt: {} }
  if (full !== undefined && half !== undefined) {
    const square = (2 * (full - 2 * half)) / measured ** 2
    const linear = full / measured - square * measured
    estimated.storedBytes = square * turns ** 2 + linear * turns
  }
  const [first, second] = result.points.slice(-2)
  if (first && second) {
    const slope = (second.ms - first.ms) / (second.turn - first.turn)
    for (const turn of points) if (turn > measured) estimated.msAt[turn] = second.ms + slope * (turn - second.turn)
  }
  return estimated
}
