import { handleOfPart } from './handle.ts'
import type { History } from './history.ts'
import type { MessageView, PartEdit, PartView } from './lens.ts'
import { pairCalls } from './pairing.ts'
import type { EditOrigin } from './plan.ts'
import { changeSlot, type Slot } from './slot.ts'
import { countPart, countView } from './tokens/count-view.ts'
import { type Unit, unitsOf } from './units.ts'

/**
 * How long the results of a tool matter. `pinned`: for ever. `refetchable`: they can be had again, so they go first.
 * `until-superseded`: until the tool is called again with the same arguments, and not before.
 */
export type ToolRetention = 'pinned' | 'refetchable' | 'until-superseded'

export interface DraftOptions {
  /** The model's window, in tokens. */
  window?: number | undefined
  tools: Readonly<Record<string, ToolRetention>>
  /** Milliseconds since the context was last used, as far as anyone knows; infinite when nobody does. */
  idle: () => number
}

/** A tool's result that may be made smaller. */
export interface DraftResult {
  at: number
  /** Its index in the message as it now reads. */
  part: number
  unit: Unit
  tool: string
  args: unknown
  text: string
  tokens: number
  failed: boolean
  /** It is more than text, and cannot be shortened. */
  fixed: boolean
  retention?: ToolRetention
  /** How many assistant messages follow the one that called. */
  assistantsAfter: number
  /** Where its call stands. */
  call: { at: number; part: number }
}

/** A context while policies work on it. Places are those of the history. */
export class Draft {
  readonly units: readonly Unit[]
  readonly window: number | undefined
  readonly tools: Readonly<Record<string, ToolRetention>>
  readonly idle: () => number
  /** Tokens of what is left. */
  tokens = 0
  /** Set by a policy: those after it are not applied. */
  done = false
  readonly #history: History<unknown>
  /** Made when they are asked for: most messages go, or stay, without. */
  readonly #slots: (Slot | undefined)[]
  readonly #sizes: number[]
  readonly #gone: (EditOrigin | undefined)[]
  #changed = Number.POSITIVE_INFINITY

  constructor(history: History<unknown>, { window, tools, idle }: DraftOptions) {
    this.#history = history
    this.window = window
    this.tools = tools
    this.idle = idle
    const { length } = history
    this.#slots = new Array(length)
    this.#gone = new Array(length)
    this.#sizes = new Array(length)
    for (let at = 0; at < length; at++) {
      const { tokens } = history.counted(at)
      this.#sizes[at] = tokens
      this.tokens += tokens
    }
    this.units = unitsOf(history.views())
  }

  /** The turn that is going on, or was the last. */
  get lastTurn(): number {
    return this.units.at(-1)?.turn ?? -1
  }

  /** The first place where the context is no longer as the history was. */
  get changedFrom(): number {
    return this.#changed
  }

  /** As it now reads; undefined when it is gone. */
  view(at: number): MessageView | undefined {
    return this.#slot(at)?.view
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
    for (let at = unit.from; at < unit.to; at++) tokens += this.#sizes[at] as number
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
    const same = !slot.made && this.#slot(slot.at)?.view === slot.view
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
    this.tokens -= this.#sizes[at] as number
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
    const saved = this.#sizeOfPart(slot, part) - size
    this.#slots[at] = after
    this.#sizes[at] = (this.#sizes[at] as number) - saved
    this.tokens -= saved
    this.#changed = Math.min(this.#changed, at)
  }

  /** What `recall` takes to give a part back as it was. */
  handleOf(at: number, part: number): string {
    const slot = this.#slot(at)
    const own = slot?.places?.[part] ?? part
    const earlier = slot?.changes?.find((change) => change.part === own)?.handle
    return earlier ?? handleOfPart(slot?.view.parts[part] as PartView)
  }

  #slot(at: number): Slot | undefined {
    if (this.#gone[at]) return undefined
    this.#slots[at] ??= { at, view: this.#history.view(at) }
    return this.#slots[at]
  }

  #sizeOfPart(slot: Slot, part: number): number {
    if (!slot.changes) return this.#history.counted(slot.at).parts[part] as number
    return countPart(slot.view.parts[part] as PartView, this.#history.count)
  }

  /** What a part would cost with another text. A call that is told in a text gets a line of its own. */
  sizeOfText(text: string, part?: PartView): number {
    return this.#history.count(part?.kind === 'call' ? `\n${text}` : text)
  }

  /** Results that a policy may touch, in order: not pinned ones, not those that the provider owns. */
  results(): DraftResult[] {
    const slots = this.slots()
    const views = slots.map(({ view }) => view)
    const assistants = countAssistants(views)
    const found: DraftResult[] = []
    let unit = 0
    for (const { at: index, part: callPart, view: call, answer } of pairCalls(views).calls) {
      if (!answer || answer.view.providerExecuted) continue
      const { at } = slots[answer.at] as Slot
      const callAt = (slots[index] as Slot).at
      while ((this.units[unit] as Unit).to <= callAt) unit++
      const retention = Object.hasOwn(this.tools, call.tool) ? this.tools[call.tool] : undefined
      if (retention === 'pinned' || this.isPinned(at)) continue
      const { text, failed = false, fixed = false } = answer.view
      const result: DraftResult = {
        ...{
          at,
          part: answer.part,
          unit: this.units[unit] as Unit,
          tool: call.tool,
          args: call.args,
          text,
          failed,
          fixed,
        },
        tokens: this.#sizeOfPart(slots[answer.at] as Slot, answer.part),
        assistantsAfter: (assistants.at(-1) ?? 0) - (assistants[index] ?? 0),
        call: { at: callAt, part: callPart },
      }
      if (retention) result.retention = retention
      found.push(result)
    }
    return found
  }
}

/** How many assistant messages there are up to each. */
function countAssistants(views: readonly MessageView[]): number[] {
  let count = 0
  return views.map(({ role }) => {
    if (role === 'assistant') count++
    return count
  })
}
