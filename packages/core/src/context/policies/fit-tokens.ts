import { EverthreadError } from '../../errors.ts'
import { callable, positive, refuseUnknown, tokensOf, whole } from '../check-options.ts'
import { fitDraft, type Priority } from '../fit.ts'
import type { Policy } from '../policy.ts'

export interface FitTokensOptions {
  /** How important a message is: the highest first. By default the newest first. */
  priority?: Priority
  /** The last message that fits in part is cut when at least so many tokens are left. Default 200. */
  minSegmentTokens?: number
}

/**
 * Priority truncation: messages with their calls and results, the most important first, until the budget is full.
 *
 * @param size Tokens, or a share of the window when it is at most 1
 * @throws `CONTEXT_OPTIONS_INVALID`
 */
export function fitTokens(size: number, options: FitTokensOptions = {}): Policy {
  const name = 'fitTokens'
  positive(name, 'size', size)
  refuseUnknown(name, options, ['priority', 'minSegmentTokens'])
  const { priority, minSegmentTokens = 200 } = options
  whole(name, 'minSegmentTokens', minSegmentTokens, 0)
  if (priority !== undefined) callable(name, 'priority', priority)
  return {
    name,
    options: { size, minSegmentTokens, priority: priority !== undefined },
    apply: (draft) => {
      const target = tokensOf(name, 'size', size, draft.window)
      fitDraft(draft, { target, priority: priority && numeric(priority), minSegmentTokens, policy: name })
    },
  }
}

function numeric(priority: Priority): Priority {
  return (message, place) => {
    const rank = priority(message, place)
    if (typeof rank === 'number' && !Number.isNaN(rank)) return rank
    throw new EverthreadError(
      'CONTEXT_OPTIONS_INVALID',
      `Correct fitTokens: "priority" gave ${String(rank)}, not a number`,
    )
  }
}
