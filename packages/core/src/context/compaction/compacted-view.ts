import type { NeutralMessage } from '../../message/message.ts'
import type { Compaction } from './compaction.ts'

/** A history as it is seen through the compaction that applies to it. */
export interface CompactedView<M = NeutralMessage> {
  messages: readonly M[]
  compaction?: Compaction
}

/** What a view needs to know of the messages' form. */
export interface ViewForm<M> {
  idOf(message: M): string | undefined
  summaryOf(compaction: Compaction): M
}

const neutralForm: ViewForm<NeutralMessage> = { idOf: ({ id }) => id, summaryOf: summaryMessage }

/**
 * The newest compaction whose place the history has stands for what was before it. On a branch that parted earlier, or
 * after a reset, that may be an older one, or none.
 */
export function compactedView(history: readonly NeutralMessage[], newestFirst: readonly Compaction[]): CompactedView {
  return viewThrough(history, newestFirst, neutralForm)
}

/** As {@link compactedView}, of messages in any form. */
export function viewThrough<M>(
  history: readonly M[],
  newestFirst: readonly Compaction[],
  { idOf, summaryOf }: ViewForm<M>,
): CompactedView<M> {
  for (const compaction of newestFirst) {
    const place = history.findLastIndex((message) => idOf(message) === compaction.upTo)
    if (place < 0) continue
    const kept = new Set<string | undefined>(compaction.kept)
    const isKept = (message: M): boolean => kept.has(idOf(message))
    const before = history.slice(0, place + 1)
    const first = before.findIndex((message) => !isKept(message))
    const head = before.slice(0, first < 0 ? before.length : first)
    const stays = before.slice(head.length).filter(isKept)
    return { messages: [...head, summaryOf(compaction), ...stays, ...history.slice(place + 1)], compaction }
  }
  return { messages: history }
}

/** What a summary says to the model. */
export const summaryText = ({ summary, archived }: Compaction): string =>
  `Summary of the ${archived} messages before this one, which are no longer shown:\n\n${summary}`

const summaries = new WeakMap<Compaction, NeutralMessage>()

/**
 * As a user's: there are frameworks that take instructions in no other place than the first. The same object each time,
 * so that what is found out of it is remembered.
 */
function summaryMessage(compaction: Compaction): NeutralMessage {
  const known = summaries.get(compaction)
  if (known) return known
  const message: NeutralMessage = {
    id: summaryId(compaction.id),
    role: 'user',
    parts: [{ type: 'text', content: summaryText(compaction) }],
    createdAt: compaction.at,
    metadata: { compaction: compaction.id, pinned: true },
  }
  summaries.set(compaction, message)
  return message
}

export const summaryId = (compaction: string): string => `compaction-${compaction}`

/** Those of the history that a compaction stands for. */
export function archivedBy(history: readonly NeutralMessage[], { upTo, kept }: Compaction): NeutralMessage[] {
  const place = history.findLastIndex(({ id }) => id === upTo)
  const stays = new Set(kept)
  return history.slice(0, place + 1).filter(({ id }) => id === undefined || !stays.has(id))
}
