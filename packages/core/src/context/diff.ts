import type { NeutralMessage } from '../message/message.ts'
import { archivedBy } from './compaction/compacted-view.ts'
import type { Compaction } from './compaction/compaction.ts'
import { History } from './history.ts'
import { neutralLens } from './lenses/neutral.ts'
import type { PlanEdit } from './plan.ts'
import type { CountText } from './tokens/counter.ts'

/** One difference between the history and the context. */
export interface ContextDifference {
  kind: 'summarised' | 'removed' | 'shortened' | 'added' | 'merged' | 'replaced'
  /** The messages of the history that it is about; of one that is added, the one that it stands before. */
  ids: string[]
  /** The policy, or `compaction`. */
  policy: string
  reason: string
  /** For `recall`. */
  handles: string[]
  /** Tokens of these messages in the history. */
  tokens: number
}

/** What the context leaves out or changes, in order. */
export function contextDiff(
  history: readonly NeutralMessage[],
  base: readonly NeutralMessage[],
  compaction: Compaction | undefined,
  edits: readonly PlanEdit[],
  count: CountText,
): ContextDifference[] {
  const describe = (messages: readonly NeutralMessage[]): Pick<ContextDifference, 'ids' | 'tokens'> => {
    const read = new History(messages, neutralLens, count)
    return {
      ids: messages.map(({ id }) => id).filter((id) => id !== undefined),
      tokens: messages.reduce((sum, _, at) => sum + read.counted(at).tokens, 0),
    }
  }
  const differences: ContextDifference[] = []
  if (compaction) {
    const { id, reason } = compaction
    const archived = describe(archivedBy(history, compaction))
    differences.push({ kind: 'summarised', policy: 'compaction', reason, handles: [`c.${id}`], ...archived })
  }
  for (const edit of edits) {
    const [from, to] = edit.op === 'remove' ? [edit.from, edit.to] : [edit.at, edit.at + 1]
    differences.push({ ...differenceOf(edit), ...describe(base.slice(from, to)) })
  }
  return differences
}

const KINDS: Record<PlanEdit['op'], ContextDifference['kind']> = {
  remove: 'removed',
  change: 'shortened',
  insert: 'added',
  merge: 'merged',
  replace: 'replaced',
}

function differenceOf(edit: PlanEdit): Pick<ContextDifference, 'kind' | 'policy' | 'reason' | 'handles'> {
  const kind = KINDS[edit.op]
  if (edit.op !== 'change') {
    const { policy, reason } = edit
    return { kind, policy, reason, handles: 'handle' in edit ? [edit.handle] : [] }
  }
  const unique = (texts: string[]): string => [...new Set(texts)].join('; ')
  return {
    kind,
    policy: unique(edit.parts.map(({ policy }) => policy)),
    reason: unique(edit.parts.map(({ reason }) => reason)),
    handles: edit.parts.map(({ handle }) => handle).filter((handle) => handle !== undefined),
  }
}
