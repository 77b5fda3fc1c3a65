import { type Counted, CountMemory } from './count-memory.ts'
import type { Lens, MessageView } from './lens.ts'
import { readMessage } from './read-messages.ts'
import type { CountText } from './tokens/counter.ts'

export type PinTest<M> = (message: M, place: number, id: string | undefined) => boolean

const nothing = (): boolean => false

/** The messages that a context is made from, read through a lens when they are asked for, and counted once. */
export class History<M> {
  readonly messages: readonly M[]
  readonly lens: Lens<M>
  readonly count: CountText
  readonly #pinned: PinTest<M>
  #views: MessageView[] = []
  #counted: Counted[] = []
  readonly #memory: CountMemory

  /** @param pinned Which messages may not be cut, beside those whose view says so */
  constructor(messages: readonly M[], lens: Lens<M>, count: CountText, pinned: PinTest<M> = nothing) {
    this.#pinned = pinned
    this.messages = messages
    this.lens = lens
    this.count = count
    this.#memory = new CountMemory(messages, count)
  }

  get length(): number {
    return this.messages.length
  }

  view(at: number): MessageView {
    let view = this.#views[at]
    if (!view) {
      const message = this.messages[at] as M
      view = readMessage(this.lens, message, at)
      if (!view.pinned && this.#pinned(message, at, view.id)) view = { ...view, pinned: true }
      this.#views[at] = view
    }
    return view
  }

  views(): readonly MessageView[] {
    if (this.#views.length === 0) this.#views = new Array(this.length)
    for (let at = 0; at < this.length; at++) this.view(at)
    return this.#views
  }

  /** Of every message. */
  counts(): readonly Counted[] {
    if (this.#views.length === 0) this.#views = new Array(this.length)
    if (this.#counted.length === 0) this.#counted = new Array(this.length)
    for (let at = 0; at < this.length; at++) this.counted(at)
    return this.#counted
  }

  counted(at: number): Counted {
    let counted = this.#counted[at]
    if (!counted) {
      counted = this.#memory.counted(at, this.view(at))
      this.#counted[at] = counted
    }
    return counted
  }
}
