import type { History } from './history.ts'
import type { CallView, MessageView, PartView, ResultView } from './lens.ts'
import { pairCalls } from './pairing.ts'
import type { PartChange, PlanEdit } from './plan.ts'
import type { Change, Receipt } from './receipt.ts'
import { madeSlot, type Slot } from './slot.ts'
import { countPart, countParts, countView } from './tokens/count-view.ts'

/** The numbers of a receipt. Those of two stretches of a history add up to those of both. */
export type Tally = Pick<Receipt, 'tokens' | 'messages' | 'byRole' | 'byTool' | 'byPolicy'>

export function emptyTally(): Tally {
  return { tokens: { before: 0, after: 0 }, messages: { before: 0, after: 0 }, byRole: {}, byTool: {}, byPolicy: {} }
}

export function addTallies(a: Tally, b: Tally): Tally {
  const sum: Tally = {
    ...{ tokens: { ...a.tokens }, messages: { ...a.messages } },
    ...{ byRole: copied(a.byRole), byTool: copied(a.byTool), byPolicy: {} },
  }
  for (const [policy, { edits, saved }] of Object.entries(a.byPolicy)) addSaving(sum, policy, edits, saved)
  addChange(sum.tokens, b.tokens)
  addChange(sum.messages, b.messages)
  for (const [role, change] of Object.entries(b.byRole)) addChange(at(sum.byRole, role, noChange), change)
  for (const [tool, change] of Object.entries(b.byTool)) addChange(at(sum.byTool, tool, noChange), change)
  for (const [policy, { edits, saved }] of Object.entries(b.byPolicy)) addSaving(sum, policy, edits, saved)
  return sum
}

/** Of the history between two places: what it was, and what these slots and edits make of it. */
export function tallyOf<M>(
  history: History<M>,
  slots: readonly Slot[],
  edits: readonly PlanEdit[],
  { from, to }: { from: number; to: number },
): Tally {
  const tally = emptyTally()
  const views = new Array<MessageView>(to - from)
  const counted = new Array<Sizes>(to - from)
  for (let place = from; place < to; place++) {
    views[place - from] = history.view(place)
    counted[place - from] = history.counted(place)
  }
  tallySide(tally, 'before', views, counted)
  tally.messages.before = views.length
  const own = slots.map((slot) =>
    slot.changes || slot.made ? countParts(slot.view.parts, history.count) : history.counted(slot.at),
  )
  tallySide(
    tally,
    'after',
    slots.map(({ view }) => view),
    own,
  )
  for (const slot of slots) if (!slot.joins) tally.messages.after++
  for (const edit of edits) tallyEdit(tally, history, edit)
  return tally
}

interface Sizes {
  tokens: number
  parts: readonly number[]
}

function tallySide(tally: Tally, side: keyof Change, views: readonly MessageView[], sizes: readonly Sizes[]): void {
  const toolOf = toolNames(views)
  const roles = new Sums()
  const tools = new Sums()
  for (let i = 0; i < views.length; i++) {
    const { role, parts } = views[i] as MessageView
    const { tokens, parts: own } = sizes[i] as Sizes
    tally.tokens[side] += tokens
    roles.add(role, tokens)
    for (let part = 0; part < parts.length; part++) {
      const found = parts[part] as PartView
      if (found.kind !== 'call' && found.kind !== 'result') continue
      tools.add(toolOf(found), own[part] as number)
    }
  }
  for (const [role, { tokens }] of roles.byName) at(tally.byRole, role, noChange)[side] += tokens
  for (const [tool, { tokens }] of tools.byName) at(tally.byTool, tool, noChange)[side] += tokens
}

/** Tokens by name. */
class Sums {
  readonly byName = new Map<string, { tokens: number }>()

  add(name: string, tokens: number): void {
    const sum = this.byName.get(name)
    if (sum) sum.tokens += tokens
    else this.byName.set(name, { tokens })
  }
}

/** Formats that name the tool only in the call need the pairing of results with calls. */
function toolNames(views: readonly MessageView[]): (part: CallView | ResultView) => string {
  let names: Map<ResultView, string> | undefined
  return (part) => {
    if (part.tool !== undefined) return part.tool
    if (!names) {
      names = new Map()
      for (const { answer, view } of pairCalls(views).calls) if (answer) names.set(answer.view, view.tool)
    }
    return (part.kind === 'result' && names.get(part)) || 'unknown'
  }
}

const noChange = (): Change => ({ before: 0, after: 0 })

/** The entry of a name, made when there is none. */
function at<T>(record: Record<string, T>, name: string, make: () => T): T {
  if (!Object.hasOwn(record, name)) {
    // A tool may have any name.
    Object.defineProperty(record, name, { value: make(), enumerable: true, writable: true, configurable: true })
  }
  return record[name] as T
}

function copied(record: Record<string, Change>): Record<string, Change> {
  const copy: Record<string, Change> = {}
  for (const [name, change] of Object.entries(record)) addChange(at(copy, name, noChange), change)
  return copy
}

function addChange(sum: Change, { before, after }: Change): void {
  sum.before += before
  sum.after += after
}

function addSaving(tally: Tally, policy: string, edits: number, saved: number): void {
  const sum = at(tally.byPolicy, policy, () => ({ edits: 0, saved: 0 }))
  sum.edits += edits
  sum.saved += saved
}

function tallyEdit<M>(tally: Tally, history: History<M>, edit: PlanEdit): void {
  if (edit.op === 'change') {
    const { parts } = history.counted(edit.at)
    for (const change of edit.parts) {
      const before = parts[change.part] ?? 0
      const after = sizeAfter(before, change, history)
      addSaving(tally, change.policy, 1, before - after)
    }
    return
  }
  let saved = 0
  if (edit.op === 'remove') for (let i = edit.from; i < edit.to; i++) saved += history.counted(i).tokens
  if (edit.op === 'replace') saved += history.counted(edit.at).tokens
  if (edit.op === 'replace' || edit.op === 'insert') {
    saved -= countView(madeSlot(edit.at, edit.message, false, edit).view, history.count)
  }
  addSaving(tally, edit.policy, 1, saved)
}

function sizeAfter<M>(before: number, { edit }: PartChange, { count }: History<M>): number {
  if (edit.drop) return 0
  const answered = edit.answer === undefined ? 0 : count(edit.answer)
  if (edit.text === undefined) return before + answered
  return countPart({ kind: 'text', text: edit.text }, count) + answered
}
