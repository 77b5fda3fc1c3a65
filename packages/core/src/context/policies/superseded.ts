import type { DraftResult } from '../draft-results.ts'
import { resultText } from '../lenses/result-text.ts'

/** Those that have a later one with the same key. */
export function allButNewest(
  results: readonly DraftResult[],
  key: (result: DraftResult) => string | undefined,
): DraftResult[] {
  const seen = new Set<string>()
  const older: DraftResult[] = []
  for (const result of results.toReversed()) {
    const own = key(result)
    if (own === undefined) continue
    if (seen.has(own)) older.push(result)
    seen.add(own)
  }
  return older.reverse()
}

/** A call of the same tool with the same arguments. */
export function sameCall({ tool, args }: Pick<DraftResult, 'tool' | 'args'>): string {
  return `${tool}\n${typeof args === 'string' ? args : resultText(sorted(args))}`
}

/** With keys in order, so that the same arguments read the same. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, own]) => [key, sorted(own)]))
}
