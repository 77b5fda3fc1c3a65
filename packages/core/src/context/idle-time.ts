import type { History } from './history.ts'
import type { Settings } from './options.ts'

export function timeOf<M>({ now }: Settings<M>): number {
  return now ?? Date.now()
}

/**
 * Since the context was last used: when the plan says, or when the assistant last spoke, whichever is later; else for
 * ever. A plan that is still good is not recorded again each time it is used.
 */
export function idleTime<M>(history: History<M>, settings: Settings<M>): number {
  const times = [settings.previousPlan?.usedAt, lastSpoken(history)].filter((time) => time !== undefined)
  return times.length === 0 ? Number.POSITIVE_INFINITY : Math.max(0, timeOf(settings) - Math.max(...times))
}

function lastSpoken<M>(history: History<M>): number | undefined {
  for (let at = history.length - 1; at >= 0; at--) {
    const { role, createdAt } = history.view(at)
    if (role === 'assistant' && createdAt !== undefined) return createdAt
  }
  return undefined
}
