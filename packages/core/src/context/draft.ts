import type { Counted } from './count-memory.ts'
import { Deferred } from './deferred.ts'
import { type DraftResult, findResults, type Left, type ToolRetention } from './draft-results.ts'
import { handleOfPart } from './handle.ts'
import type { History } from './history.ts'
import type { MessageView, PartEdit, PartView } from './lens.ts'
import type { EditOrigin } from './plan.ts'
import { changeSlot, type Slot } from './slot.ts'
import { countPart, countView } from './tokens/count-view.ts'
import { type Unit, unitsOf } from './units.ts'

export interface DraftOptions {
  /** The model's window, in tokens. */
  window?: number | undefined
  tools: Readonly<Record<string, ToolRetention>>
  /** Milliseconds since the context was last used, as far as anyone knows; infinite when nobody does. */
  idle: () => number
}

/** A context while policies work on it. Places are those of the history. */
export class Draft {
  readonly units: readonly Unit[]
  /** Those of them that are never removed. */
  readonly kept: readonly Unit[]
  readonly window: number | undefined
  readonly tools: Readonly<Record<string, ToolRetention>>
  readonly idle: () => number
  /** Set by a policy: those after it are not applied. */
  done = false
  readonly #history: History<unknown>
  /** Made when they are asked for: most messages go, or stay, without. */
  readonly #slots: (Slot | undefined)[]
  readonly #sizes: number[]
  readonly #gone: (EditOrigin | undefined)[]
  #tokens = 0
  #changed = Number.POSITIVE_INFINITY
  /** Until something changes. */
  #results: readonly DraftResult[] | undefined
  #deferred: Deferred | undefined

  constructor(history: History<unknown>, { window, tools, idle }: DraftOptions) {
    this.#history = history
    this.window = window
    this.tools = tools
    this.idle = idle
    const { length } = history
    this.#slots = new Array(length)
    this.#gone = new Array(length)
    this.#sizes = new Array(length)
    // Counted as they are read: a second walk through all texts would wait for memory again.
    const counts = history.counts()
    this.units = unitsOf(history.views())
    this.kept = this.units.filter(({ kept }) => kept !== undefined)
    for (let at = 0; at < length; at++) {
      const { tokens } = counts[at] as Counted
      this.#sizes[at] = tokens
      this.#tokens += tokens
    }
  }

  /** Tokens of what is left. */
  get tokens(): number {
    this.#settle()
    return this.#tokens
  }

  /** Whether more tokens are left. */
  exceeds(tokens: number): boolean {
    return this.#tokens - (this.#deferred?.tokens ?? 0) > tokens || this.tokens > tokens
  }

  /** The turn that is going on, or was the last. */
  get lastTurn(): number {
    return this.units.at(-1)?.turn ?? -1
  }

  /** The first place where the context is no longer as the history was. */
  get changedFrom(): number {
    this.#settle()
    return this.#changed
  }

  /** As it now reads; undefined when it is gone. */
  view(at: number): MessageView | undefined {
    if (this.#gone[at]) return undefined
    this.#deferred?.settle(at)
    return this.#slots[at]?.view ?? this.#history.view(at)
  }

  isPinned(at: number): boolean {
    return this.#history.view(at).pinned === true
  }

  isGone(unit: Unit): boolean {
    for (let at = unit.from; at < unit.to; at++) if (!this.#gone[at]) return false
    return true
  }

  /** Tokens of what is left of a unit. */
  sizeOf(unit: Unit): number {
    let tokens = 0
    for (let at = unit.from; at < unit.to; at++) {
      this.#deferred?.settle(at)
      tokens += this.#sizes[at] as number
    }
    return tokens
  }

  /** The messages that are left, in order. */
  slots(): Slot[] {
    const slots: Slot[] = []
    for (let at = 0; at < this.#gone.length; at++) {
      const slot = this.#slot(at)
      if (slot) slots.push(slot)
    }
    return slots
  }

  /** What a slot costs, as it is or as it was mended. */
  sizeOfSlot(slot: Slot): number {
    const same = !slot.made && this.view(slot.at) === slot.view
    return same ? (this.#sizes[slot.at] as number) : countView(slot.view, this.#history.count)
  }

  goneBy(at: number): EditOrigin | undefined {
    return this.#gone[at]
  }

  /** Removes what may go. Gives whether it went. */
  remove(unit: Unit, origin: EditOrigin): boolean {
    if (unit.kept) return false
    for (let at = unit.from; at < unit.to; at++) this.removeMessage(at, origin)
    return true
  }

  /** Removes one message of a unit: for whoever sees to it that calls and results stay together. */
  removeMessage(at: number, origin: EditOrigin): void {
    if (this.#gone[at]) return
    this.#deferred?.forget(at)
    this.#results = undefined
    this.#tokens -= this.#sizes[at] as number
    this.#slots[at] = undefined
    this.#sizes[at] = 0
    this.#gone[at] = origin
    this.#changed = Math.min(this.#changed, at)
  }

  /** Changes one part. The edit carries a handle for what it takes away. */
  change(at: number, part: number, edit: PartEdit, origin: EditOrigin): void {
    const slot = this.#slot(at)
    const before = slot?.view.parts[part]
    if (!slot || !before) return
    const size = edit.drop ? 0 : this.sizeOfText(edit.text ?? before.text, before)
    const after = changeSlot(slot, part, edit, origin, this.handleOf(at, part))
    const saved = this.#sizeOfPart(at, part) - size
    this.#slots[at] = after
    this.#sizes[at] = (this.#sizes[at] as number) - saved
    this.#tokens -= saved
    this.#results = undefined
    this.#changed = Math.min(this.#changed, at)
  }

  /** What `recall` takes to give a part back as it was. */
  handleOf(at: number, part: number): string {
    const slot = this.#slot(at)
    const own = slot?.places?.[part] ?? part
    const earlier = slot?.changes?.find((change) => change.part === own)?.handle
    return earlier ?? handleOfPart(slot?.view.parts[part] as PartView)
  }

  /**
   * Changes results by and by: each when somebody asks for it. What is removed before is never changed. The work may make
   * a result smaller, and touches nothing else.
   */
  defer(results: readonly DraftResult[], work: (result: DraftResult) => void): void {
    this.#settle()
    this.#deferred = new Deferred(this.#gone.length, results, work)
    this.#results = undefined
  }

  #settle(): void {
    if (!this.#deferred) return
    this.#deferred.settleAll()
    this.#deferred = undefined
  }

  #slot(at: number): Slot | undefined {
    if (this.#gone[at]) return undefined
    this.#deferred?.settle(at)
    this.#slots[at] ??= { at, view: this.#history.view(at) }
    return this.#slots[at]
  }

  #sizeOfPart(at: number, part: number): number {
    const slot = this.#slots[at]
    if (!slot?.changes) return this.#history.counted(at).parts[part] as number
    return countPart(slot.view.parts[part] as PartView, this.#history.count)
  }

  /** What a part would cost with another text. A call that is told in a text gets a line of its own. */
  sizeOfText(text: string, part?: PartView): number {
    return this.#history.count(part?.kind === 'call' ? `\n${text}` : text)
  }

  /** Results that a policy may touch, in order: not pinned ones, not those that the provider owns. */
  results(): DraftResult[] {
    this.#settle()
    this.#results ??= findResults(this, this.#left(), (at, part) => this.#sizeOfPart(at, part))
    return this.#results.slice()
  }

  #left(): Left {
    const all = this.#history.views()
    if (this.#changed === Number.POSITIVE_INFINITY) return { views: all }
    const places = Array.from(all.keys()).filter((at) => !this.#gone[at])
    return { views: places.map((at) => this.#slots[at]?.view ?? (all[at] as MessageView)), places }
  }
}
