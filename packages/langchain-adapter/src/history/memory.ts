import { EverthreadError } from '@everthread/core'
import { type PruneOptions, prune } from '@everthread/core/context'
import { BaseMemory, type InputValues, type MemoryVariables, type OutputValues } from '@langchain/core/memory'
import { AIMessage, type BaseMessage, getBufferString, HumanMessage } from '@langchain/core/messages'
import { langchainLens } from '../context/lens.ts'
import { isMessage } from '../messages/classes.ts'
import { addTo, messagesOf } from './chat-message-history.ts'
import { SessionSource, type SessionSourceOptions } from './session-source.ts'

type ContextOptions = Pick<
  PruneOptions<BaseMessage>,
  'policy' | 'budget' | 'window' | 'tokenCounter' | 'provider' | 'pinned' | 'tools' | 'replan'
>

export interface EverthreadMemoryOptions extends SessionSourceOptions, ContextOptions {
  /** The variable that a prompt has for the history. Default `history`. */
  memoryKey?: string
  /** Which input a chain was asked with, and which output it answered with, when there are several. */
  inputKey?: string
  outputKey?: string
  /** Messages, for a `MessagesPlaceholder`; else one text. Default false. */
  returnMessages?: boolean
  /** Who speaks, in the text. Default `Human` and `AI`. */
  humanPrefix?: string
  aiPrefix?: string
}

const CONTEXT = ['policy', 'budget', 'window', 'tokenCounter', 'provider', 'pinned', 'tools', 'replan']
const OWN = ['memoryKey', 'inputKey', 'outputKey', 'returnMessages', 'humanPrefix', 'aiPrefix']

/**
 * The memory of a LangChain chain in a session. What a chain is given is the context by `policy` and `budget`, recorded
 * with the session so that it stays the same; what was said is kept whole.
 *
 * ```ts
 * new EverthreadMemory({ store, sessionId: 'ada', budget: 4_000, returnMessages: true })
 * ```
 *
 * Errors: `STORE_MISSING`, `OPTIONS_INVALID`, `SESSION_ID_MISSING`, `MEMORY_KEY_MISSING`, `SESSION_EXISTS` for somebody
 * else's session, those of `prune`, and those of the store.
 */
export class EverthreadMemory extends BaseMemory {
  readonly #source: SessionSource
  readonly #options: EverthreadMemoryOptions
  readonly #context: ContextOptions

  constructor(options: EverthreadMemoryOptions) {
    super()
    this.#source = new SessionSource(options, 'EverthreadMemory', [...CONTEXT, ...OWN])
    this.#options = options
    this.#context = contextOptions(options)
  }

  get memoryKeys(): string[] {
    return [this.#key]
  }

  async loadMemoryVariables(_inputs: InputValues = {}): Promise<MemoryVariables> {
    const session = await this.#source.find()
    const history = await messagesOf(session)
    const messages =
      session && history.length > 0
        ? (await session.context.buildFrom(history, { ...this.#context, lens: langchainLens })).messages
        : []
    const { returnMessages = false, humanPrefix = 'Human', aiPrefix = 'AI' } = this.#options
    return { [this.#key]: returnMessages ? messages : getBufferString(messages, humanPrefix, aiPrefix) }
  }

  /** Adds what was asked and what was answered, in one commit. */
  async saveContext(inputs: InputValues, outputs: OutputValues): Promise<void> {
    const { inputKey, outputKey } = this.#options
    const asked = kept(inputs, inputKey, 'inputKey', [this.#key, 'stop'])
    const answered = kept(outputs, outputKey, 'outputKey', [])
    await addTo(this.#source, [
      ...toMessages(asked, (text) => new HumanMessage(text)),
      ...toMessages(answered, (text) => new AIMessage(text)),
    ])
  }

  /** A soft reset, as that of the chat history. */
  async clear(): Promise<void> {
    await (await this.#source.find())?.reset({ mode: 'soft' })
  }

  get #key(): string {
    return this.#options.memoryKey ?? 'history'
  }
}

function contextOptions(options: EverthreadMemoryOptions): ContextOptions {
  const given = Object.fromEntries(
    Object.entries(options).filter(([name, value]) => CONTEXT.includes(name) && value !== undefined),
  )
  prune([], { ...given, lens: langchainLens })
  return given
}

/** @throws `MEMORY_KEY_MISSING` */
function kept(values: Record<string, unknown>, key: string | undefined, option: string, others: string[]): unknown {
  const keys = key === undefined ? Object.keys(values).filter((name) => !others.includes(name)) : [key]
  const value = keys.length === 1 ? values[keys[0] as string] : undefined
  if (value !== undefined && value !== null) return value
  const message = `Say with ${option} which of these the memory keeps: ${Object.keys(values).join(', ') || 'there is none'}`
  throw new EverthreadError('MEMORY_KEY_MISSING', message)
}

function toMessages(value: unknown, make: (text: string) => BaseMessage): BaseMessage[] {
  if (isMessage(value)) return [value]
  if (Array.isArray(value) && value.length > 0 && value.every(isMessage)) return value
  return [make(typeof value === 'string' ? value : JSON.stringify(value))]
}
