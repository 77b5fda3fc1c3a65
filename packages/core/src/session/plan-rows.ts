import { randomBytes } from 'node:crypto'
import { parseStored } from '../checkpoint/stored.ts'
import type { PlanEdit, PrunePlan } from '../context/plan.ts'
import { joinKey } from '../contract/key.ts'
import type { Key, Op, Partition, Store } from '../contract/store.ts'
import { encodeText } from './rows.ts'

/** Plans newest first, and how many of those behind the first one it is told by. */
export interface PlanChain {
  plans: readonly string[]
  depth: number
}

/** A plan as it is stored: its edits after the first `kept` ones of the plan before it. */
interface StoredPlan extends PrunePlan {
  kept: number
}

/** Plans that an undo can go back to. */
const UNDOABLE = 24
/** After so many differences, a plan is written whole. */
const MAX_DEPTH = 15
const KEPT_PLANS = UNDOABLE + MAX_DEPTH + 1

/** Bytes of a row, and rows of a commit before the one that makes a plan seen. */
const ROW = 256 * 1024
const COMMIT_ROWS = 4
/** A quarter of a gigabyte: no plan comes near. */
const MAX_PIECES = 1_000

const planPrefix = (id: string): Key => `${joinKey('x', 'p', id)}/`
const chunkKey = (id: string, at: number): Key => `${planPrefix(id)}${String(at).padStart(4, '0')}`

/** What this process knows of plans: they never change. */
export type KnownPlans = Map<string, PrunePlan>

const MAX_KNOWN = 32

export function knowPlan(known: KnownPlans, id: string, plan: PrunePlan): void {
  known.delete(id)
  known.set(id, plan)
  const [oldest] = known.keys()
  if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest)
}

/** A plan on its way into the store. */
export interface PlannedRows {
  id: string
  chain: PlanChain
  /** Rows of a large plan, for commits of their own before the last. */
  before: Op[][]
  ops: Op[]
}

/**
 * The rows of a plan. Where it goes on from the one before, only what is new is written; whole ones come in between, so
 * that a read is short. The oldest plan that no undo goes back to is let go.
 */
export function planRows({ plans, depth }: PlanChain, before: PrunePlan | undefined, plan: PrunePlan): PlannedRows {
  const kept = before && depth < MAX_DEPTH ? sameEdits(before.edits, plan.edits) : 0
  const id = randomBytes(9).toString('base64url')
  const bytes = encodeText(JSON.stringify({ ...plan, kept, edits: plan.edits.slice(kept) } satisfies StoredPlan))
  const chunks = Array.from({ length: Math.ceil(bytes.length / ROW) }, (_, at): Op => {
    return { put: chunkKey(id, at), value: bytes.slice(at * ROW, (at + 1) * ROW) }
  })
  const all = [id, ...plans]
  const old = all.slice(KEPT_PLANS).map(removePlan)
  const groups: Op[][] = []
  while (chunks.length > COMMIT_ROWS) groups.push(chunks.splice(0, COMMIT_ROWS))
  return {
    id,
    chain: { plans: all.slice(0, KEPT_PLANS), depth: kept > 0 ? depth + 1 : 0 },
    before: groups,
    ops: [...chunks, ...old],
  }
}

export const removePlan = (id: string): Op => ({ delPrefix: planPrefix(id) })

/** How many edits two plans begin with in common: those that one took over from the other are the same objects. */
function sameEdits(a: readonly PlanEdit[], b: readonly PlanEdit[]): number {
  let same = 0
  while (same < a.length && a[same] === b[same]) same++
  return same
}

/** The first plan of a chain; undefined when it is no longer there. */
export async function readPlan(
  place: { store: Store; partition: Partition },
  { plans, depth }: PlanChain,
  known: KnownPlans,
): Promise<PrunePlan | undefined> {
  const links = plans.slice(0, depth + 1)
  const first = links.findIndex((id) => known.has(id))
  const missing = first < 0 ? links : links.slice(0, first)
  const texts = await readTexts(place, missing)
  let plan = first < 0 ? undefined : known.get(links[first] as string)
  for (let i = missing.length - 1; i >= 0; i--) {
    const id = missing[i] as string
    const text = texts[i]
    if (text === undefined) return undefined
    const { kept, ...stored } = parseStored('plan', () => JSON.parse(text) as StoredPlan)
    if (kept > 0 && !plan) return undefined
    plan = { ...stored, edits: [...(plan?.edits.slice(0, kept) ?? []), ...stored.edits] }
    knowPlan(known, id, plan)
  }
  return plan
}

async function readTexts(
  { store, partition }: { store: Store; partition: Partition },
  ids: readonly string[],
): Promise<(string | undefined)[]> {
  if (ids.length === 0) return []
  const { rows } = await store.read(
    partition,
    ids.map((id) => ({ prefix: planPrefix(id), limit: MAX_PIECES })),
  )
  return rows.map((list) => (list.length === 0 ? undefined : Buffer.concat(list.map(({ value }) => value)).toString()))
}
