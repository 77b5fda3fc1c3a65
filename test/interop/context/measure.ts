import { checkLegality, estimateTokens, type OpenAIChatMessage, openaiChatLens } from '@everthread/core/context'
import { asks } from './transcripts.ts'

const known = new Map<string, number>()

/** Every text is counted once, whoever asks. */
export function countText(text: string): number {
  let tokens = known.get(text)
  if (tokens === undefined) {
    tokens = estimateTokens(text)
    known.set(text, tokens)
  }
  return tokens
}

export function tokensOf(messages: readonly OpenAIChatMessage[]): number {
  let tokens = 0
  for (const message of messages) {
    tokens += 4
    for (const { text } of openaiChatLens.read(message).parts) tokens += countText(text)
  }
  return tokens
}

/** What came of all requests of some conversations. */
export interface Measured {
  requests: number
  /** Tokens of all histories, and of all contexts. */
  before: number
  after: number
  /** Requests whose context begins with all of the one before it: the provider's cache serves it. */
  cached: number
  /** Results in the histories, and those that the contexts have whole. */
  results: number
  whole: number
  over: number
  /** Contexts that OpenAI would refuse, and that anyone would. */
  refused: number
  refusedByAny: number
}

/** Makes the context of every request of a conversation, one after another. */
export async function measure(
  conversation: readonly OpenAIChatMessage[],
  budget: number,
  pruner: (history: readonly OpenAIChatMessage[]) => Promise<OpenAIChatMessage[]> | OpenAIChatMessage[],
): Promise<Measured> {
  const sum: Measured = {
    ...{ requests: 0, before: 0, after: 0, cached: 0, results: 0, whole: 0 },
    ...{ over: 0, refused: 0, refusedByAny: 0 },
  }
  let last = ''
  for (let length = 1; length <= conversation.length; length++) {
    const history = conversation.slice(0, length)
    if (!asks(history)) continue
    const context = await pruner(history)
    const tokens = tokensOf(context)
    const bytes = context.map((message) => JSON.stringify(message)).join('\n')
    sum.requests++
    sum.before += tokensOf(history)
    sum.after += tokens
    if (last !== '' && bytes.startsWith(last)) sum.cached++
    last = bytes
    sum.results += history.filter(({ role }) => role === 'tool').length
    sum.whole += context.filter(({ role, content }) => role === 'tool' && isWhole(history, content)).length
    if (tokens > budget) sum.over++
    if (refuses(context, 'openai')) sum.refused++
    if (refuses(context, 'any')) sum.refusedByAny++
  }
  return sum
}

function isWhole(history: readonly OpenAIChatMessage[], content: OpenAIChatMessage['content']): boolean {
  return history.some((message) => message.role === 'tool' && message.content === content)
}

/** A request without any message but the system's is refused too. */
function refuses(context: readonly OpenAIChatMessage[], provider: 'openai' | 'any'): boolean {
  if (context.every(({ role }) => role === 'system')) return true
  return checkLegality(context, { provider, lens: openaiChatLens }).length > 0
}

export function add(a: Measured, b: Measured): Measured {
  const sum = { ...a }
  for (const name of Object.keys(b) as (keyof Measured)[]) sum[name] += b[name]
  return sum
}
