import { EverthreadError } from '../../errors.ts'
import { refuseUnknown } from '../check-options.ts'
import type { TokenCounter } from '../tokens/counter.ts'
import { estimateTokens } from '../tokens/estimate.ts'
import type { CompactionModel } from './compaction.ts'

export interface CompactOptions {
  model: CompactionModel
  /** What the summary is to mind above all, as in `/compact keep the prices`. */
  instructions?: string
  /** How many of the last messages stay as they are, at least. Default 10. */
  keepRecent?: number
  /** Why it is done; for the receipt and the list of compactions. Default `manual`. */
  reason?: string
  /** The summarising model's window, in tokens: longer histories are summarised in chunks. Default 128,000. */
  window?: number
  /** What the summary may have, in tokens. Default 4,000, and no more than half of what it stands for. */
  maxSummaryTokens?: number
  tokenCounter?: TokenCounter
  /** How long one answer of the model is waited for, ms. Default 120,000. */
  timeout?: number
  signal?: AbortSignal
}

export type CheckedOptions = Required<Omit<CompactOptions, 'instructions' | 'signal'>> &
  Pick<CompactOptions, 'instructions' | 'signal'>

const KNOWN = [
  ...(['model', 'instructions', 'keepRecent', 'reason', 'window', 'maxSummaryTokens'] as const),
  ...(['tokenCounter', 'timeout', 'signal'] as const),
]

/** @throws `COMPACTION_INVALID`, `CONTEXT_OPTIONS_INVALID` */
export function checkCompactOptions(options: CompactOptions): CheckedOptions {
  refuseUnknown('compact', options, KNOWN)
  const checked: CheckedOptions = {
    keepRecent: 10,
    reason: 'manual',
    window: 128_000,
    maxSummaryTokens: 4_000,
    tokenCounter: estimateTokens,
    timeout: 120_000,
    ...options,
  }
  const wrong = (words: string): EverthreadError => new EverthreadError('COMPACTION_INVALID', words)
  const { model, instructions, keepRecent, reason, window, maxSummaryTokens, timeout } = checked
  if (typeof model !== 'function') throw wrong('Give "model" as a function from a prompt to a text')
  if (instructions !== undefined && typeof instructions !== 'string') throw wrong('Give "instructions" as a text')
  if (typeof reason !== 'string' || reason === '') throw wrong('Give "reason" as a text that is not empty')
  if (!Number.isSafeInteger(keepRecent) || keepRecent < 0) throw wrong('Give "keepRecent" as a whole number')
  if (!(Number.isFinite(window) && window >= 1_000)) throw wrong('Give "window" as tokens, at least 1,000')
  if (!(Number.isFinite(maxSummaryTokens) && maxSummaryTokens >= 100)) {
    throw wrong('Give "maxSummaryTokens" as tokens, at least 100')
  }
  if (!(typeof timeout === 'number' && timeout > 0 && timeout <= 2 ** 31 - 1))
    throw wrong('Give "timeout" as a number of milliseconds above 0')
  return checked
}
