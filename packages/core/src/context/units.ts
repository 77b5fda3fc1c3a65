import type { MessageView, PartView } from './lens.ts'
import { carriesResults } from './pairing.ts'

/** Why a unit is never removed. */
export type Kept = 'pinned' | 'system' | 'pending' | 'task' | 'latest'

/** Messages that go or stay together: an assistant's with the results of its calls, or a single one. */
export interface Unit {
  from: number
  /** One past the last. */
  to: number
  /** Which turn it belongs to; a turn begins when the user speaks. -1: before the first. */
  turn: number
  /** The user speaks: it begins a turn, or goes on with the beginning. */
  asks: boolean
  /** It stays, and why. */
  kept?: Kept
}

export function unitsOf(views: readonly MessageView[]): Unit[] {
  const units: Unit[] = []
  let turn = -1
  let last: Unit | undefined
  // Counted loops, here and in pairing: these see every message, and entries() makes an array for each.
  for (let at = 0; at < views.length; at++) {
    const view = views[at] as MessageView
    const { role } = view
    const follows =
      last !== undefined && carriesResults(view) && (last.to - last.from > 1 || views[last.from]?.role === 'assistant')
    if (follows && last) last.to = at + 1
    else {
      const asks = role === 'user' && !carriesResults(view)
      if (asks && !last?.asks) turn++
      last = { from: at, to: at + 1, turn, asks }
      units.push(last)
    }
    const unit = last as Unit
    if (view.pinned) unit.kept = 'pinned'
    else if (role === 'system') unit.kept ??= 'system'
  }
  for (const unit of units) if (waits(views, unit)) unit.kept ??= 'pending'
  const task = units.findLast(({ asks }) => asks)
  if (task) task.kept ??= 'task'
  const latest = units.at(-1)
  if (latest) latest.kept ??= 'latest'
  return units
}

/** Whether a call waits for somebody, and nothing has answered it. */
function waits(views: readonly MessageView[], { from, to }: Unit): boolean {
  for (let at = from; at < to; at++) {
    const { parts } = views[at] as MessageView
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i] as PartView
      if (part.kind === 'call' && part.pending && !answered(views, from, to, part.callId)) return true
    }
  }
  return false
}

function answered(views: readonly MessageView[], from: number, to: number, callId: string | undefined): boolean {
  if (callId === undefined) return false
  const stretch = views.slice(from, to)
  return stretch.some(({ parts }) => parts.some((part) => part.kind === 'result' && part.callId === callId))
}
