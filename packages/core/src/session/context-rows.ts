import { hash } from 'node:crypto'
import type { Compaction } from '../context/compaction/compaction.ts'
import type { PrunePlan } from '../context/plan.ts'
import { joinKey } from '../contract/key.ts'
import type { Key, Op, Partition, Row, Store } from '../contract/store.ts'
import { decodeText, encodeText } from './rows.ts'

/**
 * Where a session keeps how its context is made of its history.
 *
 * | key | value |
 * |---|---|
 * | `x` | which compactions and which plan stand; a change of it is a change of the view, and can be undone |
 * | `x/c/<id>` | a compaction; never changed |
 * | `x/p/<id>` | a plan; never changed |
 * | `x/tried` | when a compaction was last tried, and what it left; not undone |
 */
export const CONTEXT_KEY: Key = 'x'
const TRIED_KEY: Key = 'x/tried'
const compactionPrefix: Key = 'x/c/'
const compactionKey = (id: string): Key => joinKey('x', 'c', id)
const planKey = (id: string): Key => joinKey('x', 'p', id)

/** Plans and compactions that an undo can go back to. */
const KEPT_PLANS = 24
const KEPT_COMPACTIONS = 100
/** Of those that are listed. */
const MAX_LISTED = 1_000

/** Which compactions and which plan stand. */
export interface ContextRow {
  /** Newest first. */
  compactions: readonly string[]
  /** Newest first; the first one stands, unless `planned` is false. */
  plans: readonly string[]
  planned: boolean
}

/** The last try of a compaction. */
export interface Tried {
  at: number
  messages: number
  tokens: number
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

const NONE: ContextRow = { compactions: [], plans: [], planned: false }

interface Place {
  store: Store
  partition: Partition
}

/** Rows that never change, by their keys, for one process. */
export type KnownRows = Map<Key, unknown>

const MAX_KNOWN = 64

export async function readContext({ store, partition }: Place, known: KnownRows): Promise<ContextRecord> {
  const { rows } = await store.read(partition, [{ get: [CONTEXT_KEY, TRIED_KEY] }])
  const text = textAt(rows[0], CONTEXT_KEY)
  const tried = textAt(rows[0], TRIED_KEY)
  const row = text === null ? NONE : (JSON.parse(text) as ContextRow)
  const plan = row.planned ? row.plans[0] : undefined
  const keys = [...row.compactions.map(compactionKey), ...(plan === undefined ? [] : [planKey(plan)])]
  const missing = keys.filter((key) => !known.has(key))
  if (missing.length > 0) {
    const read = await store.read(partition, [{ get: missing }])
    for (const each of read.rows[0] ?? []) know(known, each.key, JSON.parse(decodeText(each)))
  }
  return {
    row,
    text,
    compactions: row.compactions.map((id) => known.get(compactionKey(id)) as Compaction).filter(Boolean),
    plan: plan === undefined ? undefined : (known.get(planKey(plan)) as PrunePlan | undefined),
    tried: tried === null ? undefined : (JSON.parse(tried) as Tried),
  }
}

/** All that were made, oldest first, those that were undone among them. */
export async function readCompactions({ store, partition }: Place): Promise<Compaction[]> {
  const { rows } = await store.read(partition, [{ prefix: compactionPrefix, limit: MAX_LISTED }])
  const list = (rows[0] ?? []).map((row) => JSON.parse(decodeText(row)) as Compaction)
  return list.sort((a, b) => a.at - b.at)
}

const put = (key: Key, value: unknown): Op => ({ put: key, value: encodeText(JSON.stringify(value)) })

/** Records a compaction. The plan before it was made for what is no longer seen. */
export function compactionOps({ row }: ContextRecord, compaction: Compaction): Op[] {
  const compactions = [compaction.id, ...row.compactions].slice(0, KEPT_COMPACTIONS)
  return [put(compactionKey(compaction.id), compaction), put(CONTEXT_KEY, { ...row, compactions, planned: false })]
}

/** Records a plan under its own hash, and lets go of the oldest one that an undo could go back to. */
export function planOps({ row }: ContextRecord, plan: PrunePlan, known: KnownRows): Op[] {
  const id = `${row.plans.length === 0 ? 0 : counterOf(row.plans[0] as string) + 1}.${digest(plan)}`
  const plans = [id, ...row.plans]
  know(known, planKey(id), plan)
  return [
    put(planKey(id), plan),
    put(CONTEXT_KEY, { ...row, plans: plans.slice(0, KEPT_PLANS), planned: true }),
    ...plans.slice(KEPT_PLANS).map((old): Op => ({ del: planKey(old) })),
  ]
}

export const triedOps = (tried: Tried): Op[] => [put(TRIED_KEY, tried)]

const counterOf = (id: string): number => Number.parseInt(id, 10)
const digest = (plan: PrunePlan): string => hash('sha256', JSON.stringify(plan), 'base64url').slice(0, 16)

function know(known: KnownRows, key: Key, value: unknown): void {
  known.delete(key)
  known.set(key, value)
  const [oldest] = known.keys()
  if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest)
}

/** The plan as it was gone on with, in place of the one that was read: planning goes on from it faster. */
export function continuePlan(known: KnownRows, { row }: ContextRecord, plan: PrunePlan): void {
  const id = row.plans[0]
  if (row.planned && id !== undefined) know(known, planKey(id), plan)
}

function textAt(rows: readonly Row[] | undefined, key: Key): string | null {
  const row = rows?.find((each) => each.key === key)
  return row ? decodeText(row) : null
}
