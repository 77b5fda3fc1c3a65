import type { NeutralMessage } from '../../message/message.ts'
import { History } from '../history.ts'
import { neutralLens } from '../lenses/neutral.ts'
import { checkedCounter } from '../tokens/counter.ts'
import { chunksOf } from './chunks.ts'
import { archivedBy, compactedView, summaryId } from './compacted-view.ts'
import type { Compaction, CompactionReceipt } from './compaction.ts'
import { identifiersToKeep } from './identifiers.ts'
import type { CheckedOptions } from './options.ts'
import { rangeToCompact } from './ranges.ts'
import { summarise } from './summarise.ts'
import { fitTranscript, transcriptOf } from './transcript.ts'

/** What is compacted: a history, through the compactions that stand. */
export interface CompactionSource {
  history: readonly NeutralMessage[]
  newestFirst: readonly Compaction[]
  id: string
  /** Store time, ms since the epoch. */
  now: number
}

/** The share of the model's window that messages may take: prompt, summary so far and answer need the rest. */
const CHUNK_SHARE = 0.6
/** A summary may always have so many tokens, however little it stands for. */
const LEAST_SUMMARY = 300
/** One message is no shorter as a summary. */
const LEAST_MESSAGES = 2

/** Makes a compaction, and records nothing. Whatever the model does ends in a receipt. */
export async function compactView(source: CompactionSource, options: CheckedOptions): Promise<CompactionReceipt> {
  const { messages, compaction: previous } = compactedView(source.history, source.newestFirst)
  const history = new History(messages, neutralLens, checkedCounter(options.tokenCounter))
  const views = messages.map((_, at) => history.view(at))
  const sizes = messages.map((_, at) => history.counted(at).tokens)
  const total = sum(sizes)
  const receipt = (more: Partial<CompactionReceipt>): CompactionReceipt => ({
    outcome: 'skipped',
    reason: options.reason,
    tokens: { before: total, after: total },
    messages: { before: messages.length, after: messages.length },
    attempts: 0,
    problems: [],
    ...more,
  })
  const summaryPlace = previous ? messages.findIndex(({ id }) => id === summaryId(previous.id)) : -1
  const range = rangeToCompact(views, options.keepRecent)
  const { archived } = range
  const place = placeOf(source.history, messages[range.to - 1]?.id, previous?.upTo)
  const upTo = source.history[place]?.id
  if (archived.length < LEAST_MESSAGES || upTo === undefined) return receipt({ why: whyNothing(options) })

  const replaced = sum([...archived, ...(previous ? [summaryPlace] : [])].map((at) => sizes[at] as number))
  const maxTokens = Math.min(options.maxSummaryTokens, Math.max(LEAST_SUMMARY, Math.floor(replaced / 2)))
  const room = Math.floor(CHUNK_SHARE * options.window)
  const transcript = (places: readonly number[]): string => transcriptOf(places.map((at) => history.view(at)))
  const chunks = chunksOf(range, (at) => history.count(transcript([at])) + 1, room)
  const { summary, attempts, problems } = await summarise({
    model: options.model,
    chunks: chunks.map((places) => fitTranscript(transcript(places), room, history.count)),
    identifiers: identifiersToKeep(
      archived.map((at) => history.view(at)),
      views,
    ),
    maxTokens,
    count: history.count,
    timeoutMs: options.timeout,
    ...(previous && { before: previous.summary }),
    ...(options.instructions !== undefined && { instructions: options.instructions }),
    ...(options.signal && { signal: options.signal }),
  })
  if (summary === undefined) return receipt({ outcome: 'failed', why: problems.at(-1) as string, attempts, problems })

  const compaction: Compaction = {
    id: source.id,
    at: source.now,
    reason: options.reason,
    ...(options.instructions !== undefined && { instructions: options.instructions }),
    summary,
    upTo,
    kept: keptIds(source.history.slice(0, place + 1), [
      ...archived.map((at) => messages[at]),
      ...(previous ? archivedBy(source.history, previous) : []),
    ]),
    archived: archived.length + (previous?.archived ?? 0),
    tokens: { before: total, after: total },
  }
  const after = compactedView(source.history, [compaction, ...source.newestFirst]).messages
  const seen = new History(after, neutralLens, history.count)
  const tokens = { before: total, after: sum(after.map((_, at) => seen.counted(at).tokens)) }
  if (options.reason !== 'manual' && tokens.after >= total) {
    return receipt({ why: 'the summary would be no shorter than what it stands for', attempts, problems })
  }
  return receipt({
    outcome: 'compacted',
    compaction: { ...compaction, tokens },
    tokens,
    messages: { before: messages.length, after: after.length },
    attempts,
    problems,
  })
}

/** Where the later of two messages stands. */
function placeOf(history: readonly NeutralMessage[], ...ids: (string | undefined)[]): number {
  return Math.max(...ids.map((id) => (id === undefined ? -1 : history.findLastIndex((message) => message.id === id))))
}

function keptIds(history: readonly NeutralMessage[], gone: readonly (NeutralMessage | undefined)[]): string[] {
  const archived = new Set(gone.map((message) => message?.id))
  return history.map(({ id }) => id).filter((id) => id !== undefined && !archived.has(id)) as string[]
}

const whyNothing = ({ keepRecent }: CheckedOptions): string =>
  `there is nothing to compact before the last ${keepRecent} messages and calls that wait`

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
