import { EverthreadError } from '../errors.ts'
import { refuseUnknown } from './check-options.ts'
import { resultText } from './lenses/result-text.ts'
import { checkedCounter, type TokenCounter } from './tokens/counter.ts'
import { estimateTokens } from './tokens/estimate.ts'

/** What a kind of session may use. */
export interface KindBudget {
  /** Of what the window leaves for messages. Default 1. */
  share?: number
  /** Tokens kept free for the answer. Default: a fifth of the window, at most 16,000. */
  reserve?: number
  /** At most so many tokens of messages, whatever the window. */
  maxTokens?: number
}

export interface BudgetOptions {
  /** The model's window, in tokens. */
  window: number
  /** Tokens kept free for the answer; before what the kind says. */
  reserve?: number
  /** The system prompt, as it is sent beside the messages. */
  instructions?: string
  /** The tools' definitions, as they are sent. */
  tools?: unknown
  tokenCounter?: TokenCounter
  /** Kinds of your own, or other figures for ours. */
  kinds?: Readonly<Record<string, KindBudget>>
}

/** Where a window's tokens go. */
export interface Budget {
  window: number
  reserve: number
  instructions: number
  tools: number
  /** What is left for messages: give it to `prune` as `budget`. */
  tokens: number
}

/** A talk needs little of a large window; a quick answer by voice needs the least. */
const KINDS: Readonly<Record<string, KindBudget>> = {
  chat: { share: 0.6 },
  group: { share: 0.5 },
  voice: { share: 0.25, reserve: 1_000 },
  task: { share: 1 },
  background: { share: 0.8 },
}

const RESERVE = { share: 0.2, most: 16_000 }

/**
 * The tokens that a session's messages may have, from the model's window and the session's kind: `chat` 0.6 of what is
 * left of it, `group` 0.5, `voice` 0.25, `background` 0.8, all other kinds the whole.
 *
 * @param of The session, or its kind.
 * @throws `BUDGET_INVALID`, also when instructions, tools and reserve leave nothing; `TOKEN_COUNTER_INVALID`
 */
export function budgetFor(
  of: string | { readonly kind?: string | undefined } | undefined,
  options: BudgetOptions,
): Budget {
  refuseUnknown('budgetFor', options, ['window', 'reserve', 'instructions', 'tools', 'tokenCounter', 'kinds'])
  const { window, instructions = '', tools, kinds = {}, tokenCounter = estimateTokens } = options
  const kind = typeof of === 'string' ? of : of?.kind
  const figures = kindOf(kind, kinds)
  const reserve = options.reserve ?? figures.reserve ?? Math.min(RESERVE.most, Math.floor(RESERVE.share * window))
  const { share = 1, maxTokens = Number.POSITIVE_INFINITY } = figures
  if (!(Number.isSafeInteger(window) && window > 0)) throw invalid('Give "window" as a whole number of tokens above 0')
  if (!(Number.isFinite(reserve) && reserve >= 0)) throw invalid('Give "reserve" as tokens, 0 or more')
  if (!(Number.isFinite(share) && share > 0 && share <= 1)) throw invalid('Give a "share" above 0 and at most 1')
  if (!(typeof maxTokens === 'number' && maxTokens > 0)) throw invalid('Give "maxTokens" as tokens above 0')
  const count = checkedCounter(tokenCounter)
  const sizes = { instructions: count(instructions), tools: tools === undefined ? 0 : count(resultText(tools)) }
  const left = window - reserve - sizes.instructions - sizes.tools
  if (left < 1) {
    throw invalid(
      `Take a larger window or shorter instructions: of ${window} tokens, ${reserve} are reserved, ${sizes.instructions} are instructions and ${sizes.tools} tools`,
    )
  }
  return { window, reserve, ...sizes, tokens: Math.max(1, Math.floor(Math.min(maxTokens, share * left))) }
}

function kindOf(kind: string | undefined, own: Readonly<Record<string, KindBudget>>): KindBudget {
  if (kind === undefined) return {}
  for (const kinds of [own, KINDS]) {
    if (!Object.hasOwn(kinds, kind)) continue
    const figures = kinds[kind] as KindBudget
    refuseUnknown(`the budget of "${kind}"`, figures, ['share', 'reserve', 'maxTokens'])
    return figures
  }
  return {}
}

const invalid = (message: string): EverthreadError => new EverthreadError('BUDGET_INVALID', message)
