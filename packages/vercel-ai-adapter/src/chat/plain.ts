import { isDeepStrictEqual } from 'node:util'
import type { Fields } from '../messages/ui-message.ts'

export const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What whoever gets it as JSON has. */
export const asJson = (value: unknown): unknown => {
  const text = JSON.stringify(value)
  return text === undefined ? undefined : JSON.parse(text)
}

/** Whether JSON gives it back; a field that is undefined is none. */
export function isPlain(value: unknown): boolean {
  try {
    asJson(value)
    return true
  } catch {
    // Cycles and bigints: the answer is no.
    return false
  }
}

/** Whether two values are the same to whoever gets them as JSON. */
export const isSame = (a: unknown, b: unknown): boolean => isDeepStrictEqual(asJson(a), asJson(b))
