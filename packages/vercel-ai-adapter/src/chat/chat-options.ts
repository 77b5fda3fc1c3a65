import type { BuildContext } from '@everthread/core'
import { EverthreadError, type OnBusy, type SessionManager, type Store, type TitleModel } from '@everthread/core'
import type { Policies, TokenCounter } from '@everthread/core/context'
import type { PruneMessagesOptions } from '../context/prune-messages.ts'
import type { ModelMessageLike } from '../messages/model-message.ts'
import type { ToolsLike } from '../messages/tool-output.ts'
import type { UIMessageLike } from '../messages/ui-message.ts'
import { ContextMemory } from './context-memory.ts'
import { rememberedCounts } from './remembered-counts.ts'

export interface ChatOptions {
  /** Where chats are kept. Either this, or `sessions`. */
  store?: Store
  /** The application's own manager, with its expiry, limits and events. */
  sessions?: SessionManager
  /**
   * The tools of the chat. Of those with `execute`, clients may send no results; `toModelOutput` says what a model reads,
   * and is asked once while the chat is known.
   */
  tools?: ToolsLike
  /** What makes the context smaller, as for `prune`. */
  policy?: Policies
  budget?: BuildContext['budget']
  window?: number
  tokenCounter?: TokenCounter
  /** Who is going to read the context. Default `any`. */
  provider?: BuildContext['provider']
  /** What to do when the chat is being answered already. Default `queue`. */
  onBusy?: Extract<OnBusy, 'queue' | 'reject' | 'interrupt'>
  /** What becomes of an answer whose client has gone: it is written to its end, or stopped. Default `finish`. */
  onDisconnect?: 'finish' | 'stop'
  /**
   * What makes the title of a chat, after its first answer. Default: the manager's way, which is what the user said first;
   * `false`: nothing.
   */
  titles?: TitleModel | false
  /** Told of what broke an answer off, where the client only hears that something did. */
  onError?: (error: unknown) => void
  /** Checks a user's message further, before anything is stored: throws, or gives the message to store. */
  validate?: (message: UIMessageLike) => UIMessageLike | undefined | Promise<UIMessageLike | undefined>
  /** The most that a message may have, in characters as JSON. Default 4,000,000. */
  maxMessageChars?: number
  /** How long a turn waits for its answer to be given, ms; then it is given up. Default 60,000. */
  answerWithin?: number
  /** Names answers. Default: of 122 random bits. */
  generateId?: () => string
}

/** The options with their defaults, checked. */
export interface ChatSettings {
  tools: ToolsLike | undefined
  onBusy: 'queue' | 'reject' | 'interrupt'
  onDisconnect: 'finish' | 'stop'
  titles: TitleModel | false | undefined
  onError: (error: unknown) => void
  validate: ChatOptions['validate']
  maxMessageChars: number
  answerWithin: number
  generateId: () => string
  /** For the session's context. */
  build: BuildContext
  /** For the steps of a turn. */
  prune: PruneMessagesOptions<ModelMessageLike>
  /** What was made of messages before. */
  memory: ContextMemory
  /** For what only has to be legal. */
  legal: Pick<PruneMessagesOptions<ModelMessageLike>, 'provider' | 'tokenCounter'>
}

const known = [
  ...['store', 'sessions', 'tools', 'policy', 'budget', 'window', 'tokenCounter', 'provider', 'onBusy', 'onDisconnect'],
  ...['titles', 'onError', 'validate', 'maxMessageChars', 'answerWithin', 'generateId'],
]

const wrong = (problem: string): EverthreadError => new EverthreadError('CHAT_OPTIONS_INVALID', problem)

/** @throws `CHAT_OPTIONS_INVALID` */
export function checkChatOptions(options: ChatOptions): ChatSettings {
  if (typeof options !== 'object' || options === null) throw wrong('Give createChat its options: { store } at least')
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) throw wrong(`Leave out "${unknown}": createChat knows ${known.join(', ')}`)
  const {
    store,
    sessions,
    tools,
    onBusy = 'queue',
    onDisconnect = 'finish',
    onError = () => {},
    validate,
    titles,
  } = options
  const { maxMessageChars = 4_000_000, answerWithin = 60_000, generateId = () => crypto.randomUUID() } = options
  if ((store === undefined) === (sessions === undefined)) throw wrong('Give createChat either a store or sessions')
  if (!['queue', 'reject', 'interrupt'].includes(onBusy)) throw wrong('Give onBusy as "queue", "reject" or "interrupt"')
  if (!['finish', 'stop'].includes(onDisconnect)) throw wrong('Give onDisconnect as "finish" or "stop"')
  if (validate !== undefined && typeof validate !== 'function') throw wrong('Give validate as a function')
  if (titles !== undefined && titles !== false && typeof titles !== 'function') {
    throw wrong('Give titles as a function that makes one, or false')
  }
  if (typeof onError !== 'function') throw wrong('Give onError as a function')
  if (typeof generateId !== 'function') throw wrong('Give generateId as a function')
  for (const [name, value] of Object.entries({ maxMessageChars, answerWithin })) {
    if (!(Number.isSafeInteger(value) && value > 0)) throw wrong(`Give ${name} as a whole number above 0`)
  }
  const { policy, budget, window, provider } = options
  const tokenCounter = rememberedCounts(options.tokenCounter)
  const build = Object.fromEntries(
    Object.entries({ policy, budget, window, tokenCounter, provider }).filter(([, value]) => value !== undefined),
  ) as BuildContext & PruneMessagesOptions<ModelMessageLike>
  // Nothing is cut for its size there, and counting takes most of the time.
  const legal: ChatSettings['legal'] = { tokenCounter: () => 0, ...(provider === undefined ? {} : { provider }) }
  return {
    tools,
    onBusy,
    onDisconnect,
    titles,
    onError,
    validate,
    maxMessageChars,
    answerWithin,
    generateId,
    build,
    prune: [policy, budget, window].some((size) => size !== undefined) ? build : legal,
    legal,
    memory: new ContextMemory(),
  }
}
