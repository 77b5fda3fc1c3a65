import type { NeutralMessage } from '@everthread/core'
import { groupsOf, type PlainUIMessage, uiMessageOf } from './from-neutral.ts'

interface Read {
  messages: readonly NeutralMessage[]
  /** Where in them each UI message begins. */
  starts: readonly number[]
  made: readonly PlainUIMessage[]
}

/**
 * Reads histories as `fromNeutral` does, each of their messages once: what is the same object at the same place gives
 * the same UI message, which nobody may change. It remembers as long as others hold a history's first message.
 */
export class NeutralMemory {
  readonly #read = new WeakMap<NeutralMessage, Read>()

  read(messages: readonly NeutralMessage[]): readonly PlainUIMessage[] {
    const [first] = messages
    if (!first) return []
    const before = this.#read.get(first) ?? { messages: [], starts: [], made: [] }
    const same = commonLength(before.messages, messages)
    const endOf = (place: number): number => before.starts[place + 1] ?? before.messages.length
    let kept = before.starts.length
    // What follows the last one that is the same may belong to it.
    while (kept > 0 && endOf(kept - 1) >= same) kept--
    const starts = before.starts.slice(0, kept)
    const made = before.made.slice(0, kept)
    let start = before.starts[kept] ?? 0
    for (const group of groupsOf(messages.slice(start))) {
      const place = starts.length
      const end = start + group.length
      const isSame = before.starts[place] === start && endOf(place) === end && end <= same
      made.push(isSame ? (before.made[place] as PlainUIMessage) : uiMessageOf(group, place))
      starts.push(start)
      start = end
    }
    this.#read.set(first, { messages, starts, made })
    return made
  }
}

function commonLength(a: readonly unknown[], b: readonly unknown[]): number {
  let at = 0
  while (at < a.length && at < b.length && a[at] === b[at]) at++
  return at
}
