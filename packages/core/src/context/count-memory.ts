import type { MessageView, PartView } from './lens.ts'
import { countParts } from './tokens/count-view.ts'
import type { CountText } from './tokens/counter.ts'

/** The tokens of a message, by part and together. */
export interface Counted {
  parts: readonly number[]
  tokens: number
  /** How long its texts were: a message that was changed in place is counted again. */
  chars: number
}

/** Messages that were counted one after another. It lives as long as the first of them. */
interface Run {
  messages: unknown[]
  counted: Counted[]
}

/**
 * How many messages share an entry. An entry for each would cost more than reading them does; and the first keeps the
 * others alive, which may outlive them when other lists have it too.
 */
const LENGTH = 64

const memories = new WeakMap<CountText, WeakMap<object, Run>>()

/** What a counter says of the messages of a list; what it said before of the same messages in a row is remembered. */
export class CountMemory {
  readonly #messages: readonly unknown[]
  readonly #count: CountText
  readonly #runs: WeakMap<object, Run>
  /** Where the message before was found or put: most are asked for in order. */
  #run: Run | undefined
  #offset = 0
  #last = -1

  constructor(messages: readonly unknown[], count: CountText) {
    this.#messages = messages
    this.#count = count
    this.#runs = memories.get(count) ?? new WeakMap()
    memories.set(count, this.#runs)
  }

  /** @param view As the message reads now */
  counted(at: number, { parts }: MessageView): Counted {
    let chars = 0
    for (let part = 0; part < parts.length; part++) chars += (parts[part] as PartView).text.length
    const message = this.#messages[at] as object
    const run = this.#runOf(message, at)
    const known = run.counted[this.#offset]
    if (known && known.chars === chars && known.parts.length === parts.length) return known
    const counted = { ...countParts(parts, this.#count), chars }
    run.counted[this.#offset] = counted
    return counted
  }

  /** The run that the message is in; if it is in none, at the end of the one before it, or in a new one. */
  #runOf(message: object, at: number): Run {
    const follows = at === this.#last + 1
    this.#last = at
    const before = follows ? this.#run : undefined
    const next = this.#offset + 1
    if (before && before.messages[next] === message) {
      this.#offset = next
      return before
    }
    const known = this.#startingWith(message) ?? (before ? undefined : this.#holding(message, at))
    if (known) return known
    if (before && next === before.messages.length && next < LENGTH) {
      before.messages.push(message)
      this.#offset = next
      return before
    }
    const run: Run = { messages: [message], counted: [] }
    this.#runs.set(message, run)
    return this.#enter(run, 0)
  }

  #startingWith(message: object): Run | undefined {
    const run = this.#runs.get(message)
    return run && this.#enter(run, 0)
  }

  #holding(message: object, at: number): Run | undefined {
    for (let back = 1; back < LENGTH && back <= at; back++) {
      const run = this.#runs.get(this.#messages[at - back] as object)
      if (run?.messages[back] === message) return this.#enter(run, back)
    }
    return undefined
  }

  #enter(run: Run, offset: number): Run {
    this.#run = run
    this.#offset = offset
    return run
  }
}
