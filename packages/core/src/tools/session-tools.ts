import { isDeepStrictEqual } from 'node:util'
import { resultText } from '../context/lenses/result-text.ts'
import { EverthreadError } from '../errors.ts'
import { knownOptions } from '../known-options.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { type ToolUse, toolHistory } from './tool-history.ts'

/** Which uses of tools. All that is given must hold. */
export interface ToolSearch {
  name?: string
  /** In the arguments or in the response, whatever the case. */
  text?: string
  state?: ToolUse['state']
  /** At or after this time, ms since the epoch. */
  since?: number
  /** At most so many. Default 20, at most 1,000. */
  limit?: number
}

export interface ToolReuse {
  name: string
  arguments?: unknown
  /** How old the result may be, ms. */
  ttlMs: number
}

const STATES: readonly unknown[] = ['open', 'ok', 'failed'] satisfies ToolUse['state'][]
const MOST = 1_000

const wrong = (message: string): EverthreadError => new EverthreadError('TOOL_QUERY_INVALID', message)

/** The session's use of tools, as its history tells it. */
export class SessionTools {
  readonly #desk: TurnDesk

  constructor(desk: TurnDesk) {
    this.#desk = desk
  }

  /**
   * Uses of tools, newest first.
   *
   * @throws `TOOL_QUERY_INVALID`
   */
  async search(query: ToolSearch = {}): Promise<ToolUse[]> {
    const { limit = 20, ...wanted } = checkSearch(query)
    const found = (await this.#uses()).filter((use) => matches(use, wanted))
    return structuredClone(found.reverse().slice(0, limit))
  }

  /**
   * The newest use of a tool with exactly these arguments that went well and is young enough: its result may be taken
   * again. Undefined when there is none.
   *
   * @throws `TOOL_QUERY_INVALID`
   */
  async reuse(query: ToolReuse): Promise<ToolUse | undefined> {
    const known = ['name', 'arguments', 'ttlMs'] as const
    const { name, arguments: given, ttlMs } = knownOptions(query, known, 'TOOL_QUERY_INVALID', 'the use')
    if (typeof name !== 'string' || name === '') throw wrong('Give the name of the tool')
    if (!(typeof ttlMs === 'number' && ttlMs >= 0)) throw wrong('Give ttlMs as milliseconds that a result may be old')
    const wanted: ToolSearch = { name, state: 'ok', since: this.#desk.engine.now() - ttlMs }
    const uses = await this.#uses()
    return structuredClone(uses.findLast((use) => matches(use, wanted) && isDeepStrictEqual(use.arguments, given)))
  }

  async #uses(): Promise<ToolUse[]> {
    return toolHistory((await this.#desk.content.view()).messages)
  }
}

function matches(use: ToolUse, { name, text, state, since }: ToolSearch): boolean {
  return (
    (name === undefined || use.name === name) &&
    (state === undefined || use.state === state) &&
    (since === undefined || (use.at ?? 0) >= since) &&
    (text === undefined || textsOf(use).includes(text.toLowerCase()))
  )
}

const textsOf = (use: ToolUse): string => `${resultText(use.arguments)}\n${resultText(use.response)}`.toLowerCase()

function checkSearch(query: ToolSearch): ToolSearch {
  const known = ['name', 'text', 'state', 'since', 'limit'] as const
  const given: Record<string, unknown> = { ...knownOptions(query, known, 'TOOL_QUERY_INVALID', 'the search') }
  for (const name of ['name', 'text']) {
    if (given[name] !== undefined && typeof given[name] !== 'string') throw wrong(`Give ${name} as a text`)
  }
  const { state, since, limit = 1 } = given
  if (state !== undefined && !STATES.includes(state)) throw wrong(`Give state as one of ${STATES.join(', ')}`)
  if (since !== undefined && !Number.isFinite(since)) throw wrong('Give since as milliseconds since the epoch')
  if (!Number.isSafeInteger(limit) || (limit as number) < 1 || (limit as number) > MOST) {
    throw wrong(`Give limit as a whole number from 1 to ${MOST}`)
  }
  return given as ToolSearch
}
