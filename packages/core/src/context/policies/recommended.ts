import { whole } from '../check-options.ts'
import type { Policies } from '../policy.ts'
import { clearToolResults } from './clear-tool-results.ts'
import { dedupeToolResults } from './dedupe-tool-results.ts'
import { fitTokens } from './fit-tokens.ts'
import { trimToolResults } from './trim-tool-results.ts'

/**
 * Ours, for a model's window in tokens. It takes first what costs least to miss: results that say the same twice, the
 * middle of long ones above a third of the window, old ones above half of it; whole messages only above 70%, which
 * leaves room for the answer and for what comes next, so that the plan holds for a while.
 *
 * @throws `CONTEXT_OPTIONS_INVALID`
 */
export function recommended(window: number): Policies {
  whole('recommended', 'window', window, 100)
  return [
    dedupeToolResults(),
    trimToolResults({ above: Math.ceil(window / 3), keepLast: 1 }),
    clearToolResults({ above: Math.ceil(window / 2), keepLast: 3, minChars: 200 }),
    fitTokens(Math.ceil(window * 0.7)),
  ]
}
