import type { Change } from '../receipt.ts'

/**
 * Whoever writes the summary: a language model, behind a function. It gives plain text.
 *
 * ```ts
 * const model: CompactionModel = async (prompt, { signal }) =>
 *   (await generateText({ model: openai('gpt-5-mini'), prompt, abortSignal: signal })).text
 * ```
 */
export type CompactionModel = (prompt: string, options: ModelCallOptions) => Promise<string> | string

export interface ModelCallOptions {
  /** Aborts when the answer is no longer waited for. */
  signal: AbortSignal
  /** What the summary may have at most, in tokens. */
  maxTokens: number
}

/** A summary that stands for a range of history in the view. Plain data. */
export interface Compaction {
  id: string
  /** Store time, ms since the epoch. */
  at: number
  /** Why it was made: `manual`, `messages`, `window`, `timer`, or the caller's word. */
  reason: string
  /** What the caller wanted the summary to mind. */
  instructions?: string
  summary: string
  /** The last message that it stands for, or that it left in place before those that follow. */
  upTo: string
  /** Messages before that place which stay as they are: what is pinned, instructions, the task. */
  kept: readonly string[]
  /** How many messages of the history it stands for. */
  archived: number
  tokens: Change
}

/** What became of a compaction. */
export interface CompactionReceipt {
  /** `failed` and `skipped` changed nothing. */
  outcome: 'compacted' | 'skipped' | 'failed'
  reason: string
  /** Why it was skipped or failed. */
  why?: string
  compaction?: Compaction
  /** Of the context, unpruned. */
  tokens: Change
  messages: Change
  /** Calls of the model. */
  attempts: number
  /** What was wrong with summaries, accepted ones included, in order. */
  problems: readonly string[]
}
