import type { Draft } from './draft.ts'
import type { MessageView } from './lens.ts'
import type { EditOrigin } from './plan.ts'
import { textWithin } from './shorten.ts'
import type { Unit } from './units.ts'

/** How important a message is: the higher, the longer it stays. */
export type Priority = (message: MessageView, place: number) => number

export interface FitOptions {
  /** Tokens that the context may have. */
  target: number
  /** Without one, the newest matter most. */
  priority?: Priority | undefined
  /** The last message that fits in part is cut when at least so many tokens are left for it, and goes otherwise. */
  minSegmentTokens: number
  policy: string
}

/** Removes what matters least until the rest fits, cutting the last one in part. What must stay, stays. */
export function fitDraft(draft: Draft, options: FitOptions): void {
  if (!draft.exceeds(options.target)) return
  const live = draft.units.filter((unit) => !draft.isGone(unit))
  const optional = live.filter(({ kept }) => !kept)
  const { priority } = options
  const ordered = priority ? byPriority(draft, optional, priority) : optional.toReversed()
  const chosen: Unit[] = []
  let room = options.target
  for (const unit of draft.kept) room -= draft.sizeOf(unit)
  for (const unit of ordered) {
    const size = draft.sizeOf(unit)
    if (size > room) break
    room -= size
    chosen.push(unit)
  }
  const last = ordered[chosen.length]
  const question = priority || !last ? undefined : questionOf(live, chosen, last)
  const canCut = () => room >= options.minSegmentTokens && last && cutToFit(draft, last, room, options.policy)
  let cut = question === last && canCut()
  if (question && !cut) room = makeRoom(draft, chosen, question, room)
  cut ||= question !== last && canCut()
  const stays = new Set(chosen)
  if (last && cut) stays.add(last)
  if (question && [...stays].some(({ turn }) => turn === question.turn)) stays.add(question)
  const origin: EditOrigin = { policy: options.policy, reason: 'Did not fit into the budget' }
  for (let i = 0; i < optional.length; i++) {
    const unit = optional[i] as Unit
    if (!stays.has(unit)) draft.remove(unit, origin)
  }
}

/** What the user asked in the turn that the budget cuts through, unless something of it stays already. */
function questionOf(live: readonly Unit[], chosen: readonly Unit[], last: Unit): Unit | undefined {
  const asked = live.filter(({ asks, turn }) => asks && turn === last.turn)
  return asked.some((unit) => unit.kept || chosen.includes(unit)) ? undefined : last.asks ? last : asked[0]
}

/** Steps are worth little without their question: the oldest ones of its turn go for it. Gives the room that is left. */
function makeRoom(draft: Draft, chosen: Unit[], question: Unit, room: number): number {
  let left = room - draft.sizeOf(question)
  while (left < 0 && chosen.at(-1)?.turn === question.turn) left += draft.sizeOf(chosen.pop() as Unit)
  return left
}

function byPriority(draft: Draft, units: readonly Unit[], priority: Priority): Unit[] {
  const rank = new Map(units.map((unit) => [unit, rankOf(draft, unit, priority)]))
  return units.toSorted((a, b) => (rank.get(b) as number) - (rank.get(a) as number) || b.from - a.from)
}

function rankOf(draft: Draft, unit: Unit, priority: Priority): number {
  let rank = Number.NEGATIVE_INFINITY
  for (let at = unit.from; at < unit.to; at++) {
    const view = draft.view(at)
    if (view) rank = Math.max(rank, priority(view, at))
  }
  return rank
}

/** Shortens the results and texts of a unit, in proportion. Gives whether it fits now. */
export function cutToFit(draft: Draft, unit: Unit, room: number, policy: string): boolean {
  const cuts = cuttable(draft, unit)
  const fixed = draft.sizeOf(unit) - cuts.reduce((sum, { tokens }) => sum + tokens, 0)
  const share = (room - fixed) / (draft.sizeOf(unit) - fixed)
  if (!(share > 0)) return false
  const origin: EditOrigin = { policy, reason: 'Cut to fit into the budget' }
  const planned: { at: number; part: number; text: string }[] = []
  for (const { at, part, text, tokens } of cuts) {
    const size = (shorter: string) => draft.sizeOfText(shorter)
    const shorter = textWithin(text, Math.floor(tokens * share), size, draft.handleOf(at, part))
    if (shorter === undefined) return false
    if (shorter !== text) planned.push({ at, part, text: shorter })
  }
  for (const { at, part, text } of planned) draft.change(at, part, { text }, origin)
  return true
}

interface Cut {
  at: number
  part: number
  text: string
  tokens: number
}

function cuttable(draft: Draft, unit: Unit): Cut[] {
  const cuts: Cut[] = []
  for (let at = unit.from; at < unit.to; at++) {
    const view = draft.view(at)
    if (!view || draft.isPinned(at)) continue
    for (const [part, found] of view.parts.entries()) {
      const result = found.kind === 'result' && !found.fixed && !found.providerExecuted
      const said = found.kind === 'text' && unit.kept === undefined
      if (result || said) cuts.push({ at, part, text: found.text, tokens: draft.sizeOfText(found.text) })
    }
  }
  return cuts
}
