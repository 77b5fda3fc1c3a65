/** When a compaction is due. */
export interface CompactionTriggers {
  /** More messages than this in the context. Default 50. */
  messages?: number
  /** More than this share of the window, unpruned. Default 0.7. */
  share?: number
  /** So many ms after the last one, or after the beginning. Default: never. */
  everyMs?: number
}

/** The context that is judged, unpruned. */
export interface CompactionState {
  messages: number
  tokens: number
  /** The model's window, in tokens. */
  window: number
  now: number
  /** When the conversation began, ms. */
  began: number
  /** The last attempt, whatever came of it, and what was said since. */
  last?: { at: number; since: { messages: number; tokens: number } } | undefined
}

const MESSAGES = 50
const SHARE = 0.7

/** Since the last attempt at least so many messages, or this share of the window, must have come. */
const GROWTH = { messages: 10, share: 0.1 }

/** Why a compaction is due; undefined when it is not, or when too little came since the last attempt to change anything. */
export function compactionDue(
  { messages, tokens, window, now, began, last }: CompactionState,
  { messages: most = MESSAGES, share = SHARE, everyMs }: CompactionTriggers = {},
): 'messages' | 'window' | 'timer' | undefined {
  const grown = !last || last.since.messages >= GROWTH.messages || last.since.tokens >= GROWTH.share * window
  if (grown && tokens > share * window) return 'window'
  if (grown && messages > most) return 'messages'
  const waited = everyMs !== undefined && now - (last?.at ?? began) >= everyMs
  return waited && (last?.since ?? { messages }).messages > 0 ? 'timer' : undefined
}
