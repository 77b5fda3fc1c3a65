import { parseStored } from '../checkpoint/stored.ts'
import type { Compaction } from '../context/compaction/compaction.ts'
import type { PrunePlan } from '../context/plan.ts'
import { joinKey } from '../contract/key.ts'
import type { Key, Op, Partition, Row, Store } from '../contract/store.ts'
import { type KnownPlans, knowPlan, type PlanChain, planRows, readPlan, removePlan } from './plan-rows.ts'
import { decodeText, encodeText } from './rows.ts'

/**
 * Where a session keeps how its context is made of its history.
 *
 * | key | value |
 * |---|---|
 * | `x` | which compactions and which plan stand; a change of it is a change of the view, and can be undone |
 * | `x/c/<id>` | a compaction; never changed |
 * | `x/p/<id>/<number>` | a piece of a plan; never changed |
 * | `x/tried` | when a compaction was last tried, and for how long a history; not undone |
 */
export const CONTEXT_KEY: Key = 'x'
/** The kind of change that a plan is: made by itself whenever a context is built. */
export const PRUNE = 'prune'
const TRIED_KEY: Key = 'x/tried'
const compactionPrefix: Key = 'x/c/'
const compactionKey = (id: string): Key => joinKey('x', 'c', id)

/** Compactions that an undo, or another branch, can go back to. */
const KEPT_COMPACTIONS = 100
/** Of those that are listed. */
const MAX_LISTED = 1_000

/** Which compactions and which plan stand. */
export interface ContextRow extends PlanChain {
  /** Newest first. */
  compactions: readonly string[]
  /** Whether the first of the plans stands. */
  planned: boolean
}

/** The last try of a compaction. */
export interface Tried {
  at: number
  /** How long the history was. */
  history: number
}

/** What is recorded of a session's context. */
export interface ContextRecord {
  row: ContextRow
  /** The row as it stands; null: there is none. */
  text: string | null
  compactions: readonly Compaction[]
  plan: PrunePlan | undefined
  tried: Tried | undefined
}

const NONE: ContextRow = { compactions: [], plans: [], depth: 0, planned: false }

interface Place {
  store: Store
  partition: Partition
}

/** What never changes, for one process. */
export interface KnownRows {
  plans: KnownPlans
  compactions: Map<string, Compaction>
}

export async function readContext(place: Place, known: KnownRows): Promise<ContextRecord> {
  const { store, partition } = place
  const { rows } = await store.read(partition, [{ get: [CONTEXT_KEY, TRIED_KEY] }])
  const text = textAt(rows[0], CONTEXT_KEY)
  const tried = textAt(rows[0], TRIED_KEY)
  const row = text === null ? NONE : contextIn(text)
  const missing = row.compactions.filter((id) => !known.compactions.has(id))
  if (missing.length > 0) {
    const read = await store.read(partition, [{ get: missing.map(compactionKey) }])
    for (const each of read.rows[0] ?? []) {
      const compaction = compactionIn(each)
      known.compactions.set(compaction.id, compaction)
    }
  }
  return {
    row,
    text,
    compactions: row.compactions.map((id) => known.compactions.get(id)).filter((one) => one !== undefined),
    plan: row.planned ? await readPlan(place, row, known.plans) : undefined,
    tried: tried === null ? undefined : parseStored('try of a compaction', () => JSON.parse(tried) as Tried),
  }
}

/** All that were made, oldest first, those that were undone among them. */
export async function readCompactions({ store, partition }: Place): Promise<Compaction[]> {
  const { rows } = await store.read(partition, [{ prefix: compactionPrefix, limit: MAX_LISTED }])
  const list = (rows[0] ?? []).map((row) => ({ rev: row.rev, compaction: compactionIn(row) }))
  // Two may have been made in one millisecond.
  list.sort((a, b) => a.compaction.at - b.compaction.at || a.rev - b.rev)
  return list.map(({ compaction }) => compaction)
}

const put = (key: Key, value: unknown): Op => ({ put: key, value: encodeText(JSON.stringify(value)) })

/** Records a compaction. The plan before it was made for what is no longer seen. */
export function compactionOps({ row }: ContextRecord, compaction: Compaction): Op[] {
  const compactions = [compaction.id, ...row.compactions].slice(0, KEPT_COMPACTIONS)
  return [put(compactionKey(compaction.id), compaction), put(CONTEXT_KEY, { ...row, compactions, planned: false })]
}

/**
 * Records a plan. What is `before` goes into commits of its own: the plan is seen with the last; `remove` takes it away
 * when that one is not to be.
 */
export function planOps(
  { row, plan: earlier }: ContextRecord,
  plan: PrunePlan,
  known: KnownRows,
): { before: Op[][]; ops: Op[]; remove: Op } {
  const { id, chain, before, ops } = planRows(row, earlier, plan)
  knowPlan(known.plans, id, plan)
  return {
    before,
    remove: removePlan(id),
    ops: [...ops, put(CONTEXT_KEY, { ...row, ...chain, planned: true } satisfies ContextRow)],
  }
}

/** Removes the plans that nothing can go back to, once the context is again what it was. */
export async function endedPlans({ store, partition }: Place, before: ReadonlyMap<Key, string | null>): Promise<Op[]> {
  const text = before.get(CONTEXT_KEY)
  if (text === undefined) return []
  const { rows } = await store.read(partition, [{ get: [CONTEXT_KEY] }])
  const now = textAt(rows[0], CONTEXT_KEY)
  const kept = new Set(text === null ? [] : contextIn(text).plans)
  const made = now === null ? [] : contextIn(now).plans
  return made.filter((id) => !kept.has(id)).map(removePlan)
}

export const triedOps = (tried: Tried): Op[] => [put(TRIED_KEY, tried)]

/** The plan as it was gone on with, in place of the one that was read: planning goes on from it faster. */
export function continuePlan(known: KnownRows, { row }: ContextRecord, plan: PrunePlan): void {
  const [id] = row.plans
  if (row.planned && id !== undefined) knowPlan(known.plans, id, plan)
}

function contextIn(text: string): ContextRow {
  return parseStored('context', () => {
    const row = JSON.parse(text) as ContextRow
    const names = [...row.compactions, ...row.plans]
    if (names.some((id) => typeof id !== 'string') || !(row.depth >= 0)) throw new TypeError('Not a context')
    return row
  })
}

function compactionIn(row: Row): Compaction {
  return parseStored('compaction', () => {
    const compaction = JSON.parse(decodeText(row)) as Compaction
    const { id, summary, upTo, kept } = compaction
    if ([id, summary, upTo, ...kept].some((each) => typeof each !== 'string')) throw new TypeError('Not a compaction')
    return compaction
  })
}

function textAt(rows: readonly Row[] | undefined, key: Key): string | null {
  const row = rows?.find((each) => each.key === key)
  return row ? decodeText(row) : null
}
