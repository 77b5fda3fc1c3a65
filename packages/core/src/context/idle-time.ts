import type { History } from './history.ts'
import type { Settings } from './options.ts'

export function timeOf<M>({ now }: Settings<M>): number {
  return now ?? Date.now()
}

/** Since the context was last used: as the plan says, else since the assistant last spoke, else for ever. */
export function idleTime<M>(history: History<M>, settings: Settings<M>): number {
  const used = settings.previousPlan?.usedAt ?? lastSpoken(history)
  return used === undefined ? Number.POSITIVE_INFINITY : Math.max(0, timeOf(settings) - used)
}

function lastSpoken<M>(history: History<M>): number | undefined {
  for (let at = history.length - 1; at >= 0; at--) {
    const { role, createdAt } = history.view(at)
    if (role === 'assistant' && createdAt !== undefined) return createdAt
  }
  return undefined
}
