import type { BudgetPeriod } from './budget.ts'

export interface Period {
  /** `2026-01-15T12`, `2026-01-15`, `2026-01`. */
  name: string
  /** ms since the epoch. */
  endsAt: number
}

/** The hour, day or month of UTC that a moment is in. */
export function periodAt(every: BudgetPeriod, now: number): Period {
  const at = new Date(now)
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()]
  const iso = at.toISOString()
  if (every === 'month') return { name: iso.slice(0, 7), endsAt: Date.UTC(year, month + 1) }
  if (every === 'day') return { name: iso.slice(0, 10), endsAt: Date.UTC(year, month, day + 1) }
  return { name: iso.slice(0, 13), endsAt: Date.UTC(year, month, day, at.getUTCHours() + 1) }
}
