import type { Expect, Op } from '../contract/store.ts'
import type { Chunk } from './chunk-cache.ts'
import { headKey } from './layout.ts'
import type { Address, Run } from './runs.ts'
import { laySegment, lengthOf, newSegment, type SegmentDraft } from './segment-draft.ts'
import { headText, type Thread } from './thread.ts'

/** Commits stay well under the store's limit; what is larger is staged in segments that nothing names yet. */
const STAGE_CHARS = 3 * 1024 * 1024

/** What new entries follow. */
export interface Position {
  /** The checkpoint that they are children of. */
  parent: string
  /** Its list; 'unknown' for pending writes that come before their checkpoint. */
  after: readonly Run[] | 'unknown'
  /** Begin a segment in any case. */
  afresh: boolean
}

/** The rows of all segments that a draft appends to. */
export interface LaidSegments {
  /** Ops that may go ahead, each list small enough for one commit. */
  staged: Op[][]
  ops: Op[]
  expects: Extract<Expect, { key: string }>[]
  /** Brings the thread up to what the store has taken. */
  landed(rev: number): void
}

const encoder = new TextEncoder()

const charsOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length, 0)

/** Which segments the entries of a draft go to, and where they will stand. */
export class SegmentPlan {
  readonly #thread: Thread
  readonly #stored: (segment: string, chunk: Chunk) => void
  readonly #segments = new Map<string, SegmentDraft>()
  readonly #lanes = new Map<string, { segment: string; parent: string }>()
  #chars = 0
  /** Segments whose entries go ahead of the commit that names them. */
  readonly staged: Set<string> = new Set()

  constructor(thread: Thread, stored: (segment: string, chunk: Chunk) => void) {
    this.#thread = thread
    this.#stored = stored
  }

  /**
   * Adds entries for the children of a checkpoint and says where they will stand: after the checkpoint's own list
   * where nobody has appended there, else in a segment of their own, so that forks do not shred each other's runs.
   */
  append(lane: string, lines: readonly string[], { parent, after, afresh }: Position): Address {
    this.#chars += charsOf(lines)
    const large = this.#chars > STAGE_CHARS
    const segment = (afresh || large ? undefined : this.#segmentFor(lane, parent, after)) ?? newSegment()
    let draft = this.#segments.get(segment)
    if (!draft) {
      draft = { segment, head: this.#thread.heads.get(segment), lines: [] }
      this.#segments.set(segment, draft)
      if (large) this.staged.add(segment)
    }
    const position = lengthOf(draft)
    for (const line of lines) draft.lines.push(line)
    this.#lanes.set(lane, { segment, parent })
    return { segment, position }
  }

  has(segment: string): boolean {
    return this.#segments.has(segment)
  }

  lay(): LaidSegments {
    const laid: LaidSegments = { staged: [], ops: [], expects: [], landed: () => undefined }
    const landed: ((rev: number) => void)[] = []
    for (const draft of this.#segments.values()) {
      const { segment } = draft
      const { puts, removes, head } = laySegment(draft)
      if (this.staged.has(segment)) laid.staged.push(...portions(puts.map(toOp)))
      else for (const put of puts) laid.ops.push(toOp(put))
      for (const key of removes) laid.ops.push({ del: key })
      laid.expects.push({ key: headKey(segment), rev: draft.head?.rev ?? 0 })
      laid.ops.push({ put: headKey(segment), value: encoder.encode(headText(head)) })
      landed.push((rev) => {
        this.#thread.heads.set(segment, { ...head, rev })
        for (const { chunk } of puts) this.#stored(segment, chunk)
      })
    }
    laid.landed = (rev) => {
      for (const done of landed) done(rev)
      for (const [lane, at] of this.#lanes) this.#thread.lanes.set(lane, at)
    }
    return laid
  }

  #segmentFor(lane: string, parent: string, after: Position['after']): string | undefined {
    const current = this.#lanes.get(lane) ?? this.#thread.lanes.get(lane)
    const open = current && this.#lengthOf(current.segment) !== undefined
    // A run that is ahead of its checkpoints goes on where it was.
    if (open && (current.parent === parent || after === 'unknown')) return current.segment
    if (after === 'unknown') return undefined
    return after.findLast(({ segment, to }) => this.#lengthOf(segment) === to)?.segment
  }

  #lengthOf(segment: string): number | undefined {
    const draft = this.#segments.get(segment)
    return draft ? lengthOf(draft) : this.#thread.heads.get(segment)?.count
  }
}

interface Put {
  put: string
  value: Uint8Array
}

const toOp = ({ key, chunk }: { key: string; chunk: Chunk }): Put => ({
  put: key,
  value: encoder.encode(chunk.lines.join('\n')),
})

function portions(ops: readonly Put[]): Op[][] {
  const all: Op[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const op of ops) {
    if (size + op.value.length > STAGE_CHARS) {
      all.push([])
      size = 0
    }
    size += op.value.length
    all.at(-1)?.push(op)
  }
  return all
}
