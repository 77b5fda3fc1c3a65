import { invalid, positive, refuseUnknown, tokensOf, whole } from '../check-options.ts'
import type { Draft } from '../draft.ts'
import type { DraftResult } from '../draft-results.ts'
import type { Policy } from '../policy.ts'
import { trimmedText } from '../shorten.ts'
import { type ToolChoice, toolFilter } from '../tool-filter.ts'

export interface TrimToolResultsOptions extends ToolChoice {
  /** Results of more characters are trimmed. Default 4,000. */
  maxChars?: number
  /** Characters kept of the beginning. Default 1,500. */
  head?: number
  /** Characters kept of the end. Default 1,500. */
  tail?: number
  /** Instead of `head` and `tail`: the share of a result that is kept, half at each end. */
  keepShare?: number
  /** Only when the context has more: tokens, or a share of the window when it is at most 1. Default 0: always. */
  above?: number
  /** The results of the last so many assistant messages are left alone. Default 0. */
  keepLast?: number
}

const known = ['maxChars', 'head', 'tail', 'keepShare', 'above', 'keepLast', 'only', 'except']

/**
 * Long results keep their beginning and their end, with `...` between.
 *
 * @throws `CONTEXT_OPTIONS_INVALID`
 */
export function trimToolResults(options: TrimToolResultsOptions = {}): Policy {
  const name = 'trimToolResults'
  refuseUnknown(name, options, known)
  const { maxChars = 4_000, head = 1_500, tail = 1_500, keepShare, above = 0, keepLast = 0 } = options
  whole(name, 'maxChars', maxChars, 1)
  whole(name, 'head', head, 0)
  whole(name, 'tail', tail, 0)
  whole(name, 'keepLast', keepLast, 0)
  if (above !== 0) positive(name, 'above', above)
  if (keepShare !== undefined) {
    positive(name, 'keepShare', keepShare, 1)
    if (options.head !== undefined || options.tail !== undefined) {
      throw invalid(name, 'give "keepShare", or "head" and "tail", not both')
    }
  } else if (head + tail > maxChars) throw invalid(name, '"head" and "tail" together must fit into "maxChars"')
  const chosen = toolFilter(name, options)
  const ends = (text: string): [number, number] => {
    if (keepShare === undefined) return [head, tail]
    const each = Math.floor((text.length * keepShare) / 2)
    return [each, each]
  }
  return {
    name,
    options: { ...options, maxChars, above, keepLast, ...(keepShare === undefined && { head, tail }) },
    apply: (draft) => {
      const limit = above === 0 ? 0 : tokensOf(name, 'above', above, draft.window)
      if (!draft.exceeds(limit)) return
      for (const result of draft.results()) {
        const long = result.text.length > maxChars && !result.fixed
        if (long && result.assistantsAfter >= keepLast && chosen(result.tool)) trim(draft, result, ends(result.text))
      }
    },
  }
}

function trim(draft: Draft, { at, part, text, tokens }: DraftResult, [head, tail]: [number, number]): void {
  const shorter = trimmedText(text, head, tail, draft.handleOf(at, part))
  if (draft.sizeOfText(shorter) >= tokens) return
  const reason = `Longer than allowed: ${head + tail} of ${text.length} characters kept`
  draft.change(at, part, { text: shorter }, { policy: 'trimToolResults', reason })
}
