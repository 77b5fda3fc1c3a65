/** How many objects may stand inside one another. Fixed, so that what can be written can be read back anywhere. */
export const MAX_DEPTH = 1000

/** Whether `JSON.stringify` alone is exact for the value. False also for what is too deep, or cyclic. */
export function isPlainJson(value: unknown, depth = 0): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number') return Number.isFinite(value) && !(value === 0 && 1 / value < 0)
  if (typeof value !== 'object' || depth >= MAX_DEPTH) return false
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!isPlainJson(value[i], depth + 1)) return false
    return true
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  for (const key in value) {
    if (key === '$' || !isPlainJson((value as Record<string, unknown>)[key], depth + 1)) return false
  }
  return true
}

/** A copy of plain JSON. Not by `structuredClone`, which refuses proxies: what is reactive elsewhere is plain here. */
export const copyPlain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T
