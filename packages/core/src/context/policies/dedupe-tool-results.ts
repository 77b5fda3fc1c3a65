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

/** Results whose texts may be equal: those with the same signature. Most need not be compared. */
function alike(results: readonly DraftResult[]): DraftResult[] {
  const signatures = results.map(({ text }) => signatureOf(text))
  const times = new Map<number, number>()
  for (const signature of signatures) times.set(signature, (times.get(signature) ?? 0) + 1)
  return results.filter((_, i) => (times.get(signatures[i] as number) as number) > 1)
}

/** Of a text's length and some of its characters, taken from all over it. */
function signatureOf(text: string): number {
  const step = Math.max(1, text.length >> 4)
  let signature = text.length
  for (let at = text.length - 1; at >= 0; at -= step) signature = (Math.imul(signature, 31) + text.charCodeAt(at)) | 0
  return signature
}
