import { refuseUnknown, whole } from '../check-options.ts'
import type { DraftResult } from '../draft-results.ts'
import type { Policy } from '../policy.ts'
import { type ToolChoice, toolFilter } from '../tool-filter.ts'
import { clearOldest } from './clear-tool-results.ts'
import { allButNewest } from './superseded.ts'

export interface DedupeToolResultsOptions extends ToolChoice {
  /** Shorter results are left alone. Default 200 characters. */
  minChars?: number
}

/**
 * Of results of one tool that say the same, the newest stays.
 *
 * @throws `CONTEXT_OPTIONS_INVALID`
 */
export function dedupeToolResults(options: DedupeToolResultsOptions = {}): Policy {
  const name = 'dedupeToolResults'
  refuseUnknown(name, options, ['minChars', 'only', 'except'])
  const { minChars = 200 } = options
  whole(name, 'minChars', minChars, 0)
  const chosen = toolFilter(name, options)
  return {
    name,
    options: { ...options, minChars },
    apply: (draft) => {
      const results = draft.results().filter(({ text, tool }) => text.length >= minChars && chosen(tool))
      const repeated = allButNewest(alike(results), ({ tool, text }) => `${tool}\n${text}`)
      const placeholder = '[The same as a later result]'
      clearOldest(draft, repeated, { limit: 0, placeholder, policy: name, reason: 'A later result says the same' })
    },
  }
}

/** Results whose texts may be equal: most differ in length, or in some characters, and need not be compared. */
function alike(results: readonly DraftResult[]): DraftResult[] {
  return sharing(
    sharing(results, ({ text }) => text.length),
    ({ text }) => sampleOf(text),
  )
}

/** Those that have their number in common with another one. */
function sharing(results: readonly DraftResult[], numberOf: (result: DraftResult) => number): DraftResult[] {
  const numbers = results.map(numberOf)
  const times = new Map<number, number>()
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] as number
    times.set(number, (times.get(number) ?? 0) + 1)
  }
  return results.filter((_, i) => (times.get(numbers[i] as number) as number) > 1)
}

/** A number for some characters in the middle of a text; in one place, as memory is slow. */
function sampleOf(text: string): number {
  const middle = text.length >> 1
  let sample = 0
  for (let at = middle; at < middle + 16; at++) sample = (Math.imul(sample, 31) + text.charCodeAt(at)) | 0
  return sample
}
