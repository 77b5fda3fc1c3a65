import { LRUCache } from 'lru-cache'
import { EverthreadError } from '../errors.ts'
import { type Amount, NOTHING, plus } from '../turn/cost.ts'
import type { Complexity } from '../turn/gate.ts'

/** What a message is taken for where nothing is said of the context, in tokens. */
const TOKENS_OF_MESSAGE = 100
/** So much more of either makes a turn twice as heavy. */
const TOOLS = 20
const TOKENS = 50_000
/** How much the last turn counts against those before it. */
const NEWEST = 0.2
/** Past turns make one lighter or heavier by so much at most. */
const MOST = 8
const AGENTS = 10_000

/** @throws `COMPLEXITY_INVALID` */
export function checkComplexity(complexity: unknown): void {
  if (complexity === undefined || (typeof complexity === 'number' && complexity > 0 && complexity <= 1e6)) return
  if (typeof complexity === 'object' && complexity !== null && !Array.isArray(complexity)) {
    const { tools = 0, contextTokens = 0, ...more } = complexity as Record<string, unknown>
    const fits = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1e9
    if (Object.keys(more).length === 0 && fits(tools) && fits(contextTokens)) return
  }
  const message = 'Give complexity as a number above 0, or as { tools, contextTokens }: numbers from 0'
  throw new EverthreadError('COMPLEXITY_INVALID', message)
}

/** By what can be told before: 1 is a turn with no tools and a short context. */
export function plainWeight(complexity: Exclude<Complexity, number> | undefined, messages: number): number {
  const { tools = 0, contextTokens = messages * TOKENS_OF_MESSAGE } = complexity ?? {}
  return 1 + tools / TOOLS + contextTokens / TOKENS
}

/** What turns of an agent took. */
interface Learned {
  /** ms for each unit of plain weight. */
  ms: number
  spent: Amount | undefined
}

/** What turns take, learned from those that are over: the newest count most. */
export class Complexities {
  readonly #agents = new LRUCache<string, Learned>({ max: AGENTS })
  #msOfAll: number | undefined

  /** A number is taken as it is. Else past turns of the agent say how much heavier than others it is. */
  weigh(agent: string, complexity: Complexity | undefined, messages: number): number {
    if (typeof complexity === 'number') return complexity
    const learned = this.#agents.get(agent)
    const factor = learned && this.#msOfAll ? learned.ms / this.#msOfAll : 1
    return plainWeight(complexity, messages) * Math.min(Math.max(factor, 1 / MOST), MOST)
  }

  /** What a turn of the agent spends, as far as any has told. */
  usuallySpent(agent: string): Amount | undefined {
    return this.#agents.get(agent)?.spent
  }

  /** What a turn took, that was let run to its end. */
  learn(agent: string, took: { ms: number; plainWeight: number; spent: Amount | undefined }): void {
    const ms = Math.max(took.ms, 1) / took.plainWeight
    const before = this.#agents.get(agent)
    this.#msOfAll = this.#msOfAll === undefined ? ms : mix(this.#msOfAll, ms)
    const spent = took.spent && before?.spent ? mixed(before.spent, took.spent) : (took.spent ?? before?.spent)
    this.#agents.set(agent, { ms: before ? mix(before.ms, ms) : ms, spent })
  }
}

const mix = (before: number, now: number): number => before + NEWEST * (now - before)

function mixed(before: Amount, now: Amount): Amount {
  const part = {
    tokens: Math.ceil(mix(before.tokens, now.tokens)),
    micros: Math.ceil(mix(before.micros, now.micros)),
  }
  return plus(NOTHING, part)
}
