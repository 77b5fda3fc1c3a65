import { EverthreadError } from '../../errors.ts'
import { refuseUnknown } from '../check-options.ts'
import { History } from '../history.ts'
import { checkLens, type Lens, type MessageView, type PartView } from '../lens.ts'
import { type DefaultMessage, lensOr } from '../lenses/default.ts'
import { resultText } from '../lenses/result-text.ts'
import { checkedCounter, type TokenCounter } from '../tokens/counter.ts'
import { estimateTokens } from '../tokens/estimate.ts'

/** Where tokens go. `history` is what user and assistant said, calls included. */
export type ContextPart = 'system' | 'tools' | 'history' | 'results' | 'reasoning' | 'files'

export interface InspectOptions<M> {
  lens?: Lens<M>
  tokenCounter?: TokenCounter
  /** The system prompt, where it is sent beside the messages. */
  instructions?: string
  /** The tools' definitions, as they are sent. */
  tools?: unknown
  /** The model's window, in tokens. */
  window?: number
  /** How many of the biggest messages are named. Default 5. */
  biggest?: number
}

/** What takes how many tokens. Plain data. */
export interface Inspection {
  tokens: number
  messages: number
  window?: number
  /** Of the window, 0 to 1 and beyond. */
  share?: number
  byPart: Record<ContextPart, number>
  /** Calls and results, by the tool's name, the largest first. */
  byTool: Record<string, { calls: number; tokens: number }>
  biggest: { place: number; id?: string; role: string; tool?: string; tokens: number; begins: string }[]
}

const OPTIONS = ['lens', 'tokenCounter', 'instructions', 'tools', 'window', 'biggest'] as const

/**
 * What takes how many tokens, by part and by tool, and the biggest messages.
 *
 * @throws `CONTEXT_OPTIONS_INVALID`, `MESSAGE_INVALID`, `TOKEN_COUNTER_INVALID`, `LENS_INVALID`
 */
export function inspectMessages<M = DefaultMessage>(
  messages: readonly M[],
  options: InspectOptions<M> = {},
): Inspection {
  refuseUnknown('inspectMessages', options, OPTIONS)
  const { tokenCounter = estimateTokens, instructions = '', tools, window, biggest = 5 } = options
  checkNumbers(window, biggest)
  const count = checkedCounter(tokenCounter)
  const history = new History(listOf(messages), checkLens(lensOr(options.lens)), count)
  const sizes = new Sizes()
  sizes.byPart.system = instructions === '' ? 0 : count(instructions)
  sizes.byPart.tools = tools === undefined ? 0 : count(resultText(tools))
  for (let at = 0; at < history.length; at++) sizes.add(history.view(at), history.counted(at))
  const tokens = Object.values(sizes.byPart).reduce((sum, each) => sum + each, 0)
  const largest = Array.from({ length: history.length }, (_, at) => at)
    .sort((a, b) => history.counted(b).tokens - history.counted(a).tokens || a - b)
    .slice(0, biggest)
  return {
    tokens,
    messages: history.length,
    ...(window !== undefined && { window, share: tokens / window }),
    byPart: sizes.byPart,
    byTool: Object.fromEntries([...sizes.byTool].sort(([, a], [, b]) => b.tokens - a.tokens)),
    biggest: largest.map((place) => ({
      place,
      ...bigMessage(history.view(place), sizes.tools),
      tokens: history.counted(place).tokens,
    })),
  }
}

/** Adds up what messages take. */
class Sizes {
  readonly byPart: Record<ContextPart, number> = { system: 0, tools: 0, history: 0, results: 0, reasoning: 0, files: 0 }
  readonly byTool: Map<string, { calls: number; tokens: number }> = new Map()
  /** The tools of calls, by their ids: there are formats whose results do not say. */
  readonly tools: Map<string, string> = new Map()

  add(view: MessageView, { parts, tokens }: { parts: readonly number[]; tokens: number }): void {
    let rest = tokens
    for (const [i, part] of view.parts.entries()) {
      const own = parts[i] as number
      rest -= own
      this.byPart[kindOf(view, part)] += own
      this.#addTool(part, own)
    }
    this.byPart[view.role === 'system' ? 'system' : 'history'] += rest
  }

  #addTool(part: PartView, tokens: number): void {
    const tool = toolOf(part, this.tools)
    if (tool === undefined) return
    if (part.kind === 'call' && part.callId !== undefined) this.tools.set(part.callId, tool)
    const { calls, tokens: before } = this.byTool.get(tool) ?? { calls: 0, tokens: 0 }
    this.byTool.set(tool, { calls: calls + (part.kind === 'call' ? 1 : 0), tokens: before + tokens })
  }
}

const kinds: Partial<Record<PartView['kind'], ContextPart>> = {
  result: 'results',
  reasoning: 'reasoning',
  file: 'files',
}

function kindOf({ role }: MessageView, { kind }: PartView): ContextPart {
  return kinds[kind] ?? (role === 'system' ? 'system' : 'history')
}

function toolOf(part: PartView, known: ReadonlyMap<string, string>): string | undefined {
  if (part.kind === 'call') return part.tool
  if (part.kind !== 'result') return undefined
  return part.tool ?? (part.callId === undefined ? undefined : known.get(part.callId)) ?? 'unknown'
}

const BEGINNING = 60

function bigMessage(
  { id, role, parts }: MessageView,
  known: ReadonlyMap<string, string>,
): Omit<Inspection['biggest'][number], 'place' | 'tokens'> {
  const tool = parts.map((part) => toolOf(part, known)).find((name) => name !== undefined)
  const text = parts.find((part) => part.text !== '')?.text ?? parts[0]?.kind ?? ''
  return {
    ...(id !== undefined && { id }),
    role,
    ...(tool !== undefined && { tool }),
    begins: text.slice(0, BEGINNING).replace(/\s+/g, ' ').trim(),
  }
}

function listOf<M>(messages: readonly M[]): readonly M[] {
  if (Array.isArray(messages)) return messages
  throw new EverthreadError('MESSAGE_INVALID', 'Give the messages as an array')
}

function checkNumbers(window: number | undefined, biggest: number): void {
  const wrong = (words: string): EverthreadError => new EverthreadError('CONTEXT_OPTIONS_INVALID', words)
  if (window !== undefined && !(Number.isFinite(window) && window > 0)) throw wrong('Give "window" as tokens above 0')
  if (!Number.isSafeInteger(biggest) || biggest < 0) throw wrong('Give "biggest" as a whole number')
}
