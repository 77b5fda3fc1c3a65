import { refuseUnknown, whole } from '../check-options.ts'
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
      // Texts of different lengths differ: most need not be compared.
      const lengths = lengthsOf(results)
      const repeated = allButNewest(results, ({ tool, text }) =>
        (lengths.get(text.length) ?? 0) > 1 ? `${tool}\n${text}` : undefined,
      )
      const placeholder = '[The same as a later result]'
      clearOldest(draft, repeated, { limit: 0, placeholder, policy: name, reason: 'A later result says the same' })
    },
  }
}

/** How many texts there are of each length. */
function lengthsOf(results: readonly { text: string }[]): Map<number, number> {
  const lengths = new Map<number, number>()
  for (const { text } of results) lengths.set(text.length, (lengths.get(text.length) ?? 0) + 1)
  return lengths
}
