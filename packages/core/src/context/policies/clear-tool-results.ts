import { invalid, positive, refuseUnknown, tokensOf, whole } from '../check-options.ts'
import type { Draft } from '../draft.ts'
import type { DraftResult } from '../draft-results.ts'
import type { Policy } from '../policy.ts'
import { clearedText } from '../shorten.ts'
import { type ToolChoice, toolFilter } from '../tool-filter.ts'

export interface ClearToolResultsOptions extends ToolChoice {
  /** The results of the last so many assistant messages are left alone. Default 3. */
  keepLast?: number
  /**
   * Only when the context has more: tokens, or a share of the window when it is at most 1; the oldest go first, until
   * it has no more. Default 0: all that may be cleared.
   */
  above?: number
  /** What stands for a result; the handle for `recall` follows it. Default `[Content cleared]`. */
  placeholder?: string
  /** Only when at least so many characters can go. Default 0. */
  minChars?: number
  /** Whether `minChars` is asked of each result, or of all that can go together. Default `result`. */
  minCharsOf?: 'result' | 'total'
}

export const PLACEHOLDER = '[Content cleared]'

const known = ['keepLast', 'above', 'placeholder', 'minChars', 'minCharsOf', 'only', 'except']

/**
 * Old results go, and leave a placeholder with a handle that gives them back.
 *
 * @throws `CONTEXT_OPTIONS_INVALID`
 */
export function clearToolResults(options: ClearToolResultsOptions = {}): Policy {
  const name = 'clearToolResults'
  refuseUnknown(name, options, known)
  const { keepLast = 3, above = 0, placeholder = PLACEHOLDER, minChars = 0, minCharsOf = 'result' } = options
  whole(name, 'keepLast', keepLast, 0)
  whole(name, 'minChars', minChars, 0)
  if (above !== 0) positive(name, 'above', above)
  if (typeof placeholder !== 'string' || placeholder.trim() === '') throw invalid(name, '"placeholder" must be a text')
  if (minCharsOf !== 'result' && minCharsOf !== 'total') throw invalid(name, '"minCharsOf" is "result" or "total"')
  const chosen = toolFilter(name, options)
  return {
    name,
    options: { ...options, keepLast, above, placeholder, minChars, minCharsOf },
    apply: (draft) => {
      const limit = above === 0 ? 0 : tokensOf(name, 'above', above, draft.window)
      if (!draft.exceeds(limit)) return
      const least = minCharsOf === 'result' ? minChars : 0
      const results = draft.results().filter((result) => {
        if (result.retention === 'until-superseded' || !chosen(result.tool)) return false
        if (result.retention === 'refetchable') return result.assistantsAfter >= Math.min(keepLast, 1)
        return result.assistantsAfter >= keepLast && result.text.length >= least
      })
      const total = results.reduce((sum, { text }) => sum + text.length, 0)
      if (minCharsOf === 'total' && total < minChars) return
      clearOldest(draft, results, { limit, placeholder, policy: name, reason: 'An old result' })
    },
  }
}

export interface ClearOptions {
  /** Stop when the context has no more tokens than this. */
  limit: number
  placeholder: string
  policy: string
  reason: string
}

/** Clears results, those that can be fetched again first, as far as it makes them smaller. */
export function clearOldest(draft: Draft, results: readonly DraftResult[], options: ClearOptions): void {
  const { limit, placeholder, policy, reason } = options
  const clear = ({ at, part, tokens }: DraftResult): void => {
    const text = clearedText(placeholder, draft.handleOf(at, part))
    if (draft.sizeOfText(text) < tokens) draft.change(at, part, { text }, { policy, reason })
  }
  const again = results.filter(({ retention }) => retention === 'refetchable')
  const others = results.filter(({ retention }) => retention !== 'refetchable')
  const ordered = [...again, ...others]
  const all = ordered.reduce((sum, { tokens }) => sum + tokens, 0)
  if (draft.exceeds(limit + all)) {
    // Without any of them it is still too much: so all go, whatever the placeholders cost, when it matters.
    draft.defer(ordered, clear)
    return
  }
  for (const result of ordered) {
    if (!draft.exceeds(limit)) return
    clear(result)
  }
}
