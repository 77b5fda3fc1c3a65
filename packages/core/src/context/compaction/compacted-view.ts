import type { NeutralMessage } from '../../message/message.ts'
import type { Compaction } from './compaction.ts'

/** A history as it is seen through the compaction that applies to it. */
export interface CompactedView {
  messages: readonly NeutralMessage[]
  compaction?: Compaction
}

/**
 * The newest compaction whose place the history has stands for what was before it. On a branch that parted earlier, or
 * after a reset, that may be an older one, or none.
 */
export function compactedView(history: readonly NeutralMessage[], newestFirst: readonly Compaction[]): CompactedView {
  for (const compaction of newestFirst) {
    const place = history.findLastIndex(({ id }) => id === compaction.upTo)
    if (place < 0) continue
    const kept = new Set(compaction.kept)
    const before = history.slice(0, place + 1)
    const first = before.findIndex(({ id }) => id === undefined || !kept.has(id))
    const stays = before.slice(first < 0 ? before.length : first).filter(({ id }) => id !== undefined && kept.has(id))
    const head = before.slice(0, first < 0 ? before.length : first)
    return { messages: [...head, summaryMessage(compaction), ...stays, ...history.slice(place + 1)], compaction }
  }
  return { messages: history }
}

/** As a user's: there are frameworks that take instructions in no other place than the first. */
function summaryMessage({ id, at, summary, archived }: Compaction): NeutralMessage {
  const content = `Summary of the ${archived} messages before this one, which are no longer shown:\n\n${summary}`
  return {
    id: summaryId(id),
    role: 'user',
    parts: [{ type: 'text', content }],
    createdAt: at,
    metadata: { compaction: id, pinned: true },
  }
}

export const summaryId = (compaction: string): string => `compaction-${compaction}`

/** Those of the history that a compaction stands for. */
export function archivedBy(history: readonly NeutralMessage[], { upTo, kept }: Compaction): NeutralMessage[] {
  const place = history.findLastIndex(({ id }) => id === upTo)
  const stays = new Set(kept)
  return history.slice(0, place + 1).filter(({ id }) => id === undefined || !stays.has(id))
}
