import { EverthreadError } from '../errors.ts'
import { fingerprint } from './handle.ts'
import { checkLens, type Lens, type PartEdit } from './lens.ts'
import { type DefaultMessage, lensOr } from './lenses/default.ts'
import type { ChangeEdit, PlanEdit, PrunePlan } from './plan.ts'

/**
 * The context that a plan makes of its history: the same bytes every time. Messages that came after the plan follow as
 * they are; {@link prune} with `previousPlan` makes them legal too.
 *
 * @throws `PLAN_INVALID` for what is no plan, `PLAN_MISMATCH` when it was made for another history or lens
 */
export function applyPlan<M = DefaultMessage>(
  messages: readonly M[],
  plan: PrunePlan,
  { lens }: { lens?: Lens<M> } = {},
): M[] {
  const through = checkLens(lensOr(lens))
  const problem = mismatch(messages, plan, through)
  if (problem) throw new EverthreadError('PLAN_MISMATCH', problem)
  return applyEdits(messages, plan.edits, through, 0)
}

/** Why the plan was not made for this history, read through this lens. */
export function mismatch<M>(messages: readonly M[], plan: PrunePlan, lens: Lens<M>): string | undefined {
  if (plan?.version !== 1 || !Array.isArray(plan.edits) || !Array.isArray(plan.ends)) {
    throw new EverthreadError('PLAN_INVALID', 'Give a plan as prune made it: this is none of version 1')
  }
  if (plan.lens !== lens.name) return `Use the lens "${plan.lens}": the plan was made with it, not with "${lens.name}"`
  if (plan.length > messages.length) return `Give the whole history: the plan was made for ${plan.length} messages`
  if (plan.length === 0) return undefined
  const ends = endsOf(messages, plan.length, lens)
  if (ends[0] === plan.ends[0] && ends[1] === plan.ends[1]) return undefined
  return 'Make a new plan: this one was made for another history'
}

/** Fingerprints of the first message of a history and of the last of those that a plan knows. */
export function endsOf<M>(messages: readonly M[], length: number, lens: Lens<M>): [string, string] | [] {
  if (length === 0) return []
  return [fingerprint(lens.read(messages[0] as M)), fingerprint(lens.read(messages[length - 1] as M))]
}

/** The messages from the place `from` on as the edits, none of them before it, leave them. */
export function applyEdits<M>(messages: readonly M[], edits: readonly PlanEdit[], lens: Lens<M>, from: number): M[] {
  const context: M[] = []
  let next = from
  const keepUntil = (at: number) => {
    for (; next < at; next++) context.push(messages[next] as M)
  }
  for (const edit of edits) {
    keepUntil(edit.op === 'remove' ? edit.from : edit.at)
    if (edit.op === 'remove') next = edit.to
    else if (edit.op === 'insert') context.push(lens.make(edit.message))
    else if (edit.op === 'merge') {
      keepUntil(edit.at + 1)
      const [first, second] = context.splice(-2) as [M, M]
      context.push(lens.merge(first, second))
    } else {
      const at = messages[edit.at] as M
      context.push(edit.op === 'replace' ? lens.make(edit.message) : lens.edit(at, editsByPart(edit)))
      next = edit.at + 1
    }
  }
  keepUntil(messages.length)
  return context
}

function editsByPart({ parts }: ChangeEdit): Map<number, PartEdit> {
  return new Map(parts.map(({ part, edit }) => [part, edit]))
}
