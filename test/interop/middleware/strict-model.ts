import { checkLegality, estimateTokens } from '@everthread/core/context'
import { langchainLens } from '@everthread/langchain-adapter'
import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager'
import { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage, type BaseMessage } from '@langchain/core/messages'
import type { ChatResult } from '@langchain/core/outputs'
import type { Runnable } from '@langchain/core/runnables'

/** What one call of the model was given. */
export interface ModelCall {
  messages: BaseMessage[]
  tools: string[]
  tokens: number
  violations: string[]
}

/** `at` counts the answers. */
export type Script = (call: ModelCall, at: number) => AIMessage

/** A model that answers by a script, and writes down what a provider would have said of each request. */
export class StrictModel extends BaseChatModel {
  readonly calls: ModelCall[] = []
  readonly #script: Script
  /** A request with more tokens is refused, as by a provider. */
  limit: number = Number.POSITIVE_INFINITY
  #tools: string[] = []
  #answered = 0

  constructor(script: Script) {
    super({})
    this.#script = script
  }

  _llmType(): string {
    return 'strict'
  }

  override bindTools(tools: unknown[]): Runnable & this {
    this.#tools = tools.map((tool) => (tool as { name: string }).name)
    return this as unknown as Runnable & this
  }

  async _generate(
    messages: BaseMessage[],
    _options: this['ParsedCallOptions'],
    _run?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    const tokens = tokensOf(messages)
    const violations = checkLegality(messages, { provider: 'openai', lens: langchainLens }).map(({ rule }) => rule)
    const call = { messages, tokens, violations, tools: this.#tools }
    this.calls.push(call)
    if (tokens > this.limit) {
      const message = `This model's maximum context length is ${this.limit} tokens, you asked for ${tokens}`
      throw Object.assign(new Error(message), { code: 'context_length_exceeded' })
    }
    const answer = this.#script(call, this.#answered++)
    return { generations: [{ message: answer, text: answer.text }] }
  }
}

const tokensOf = (messages: readonly BaseMessage[]): number =>
  messages.reduce(
    (sum, message) => sum + langchainLens.read(message).parts.reduce((all, { text }) => all + estimateTokens(text), 4),
    0,
  )

/** Calls a tool `turns` times, then answers. */
export const toolTurns =
  (turns: number, name = 'read'): Script =>
  (_, at) =>
    at < turns
      ? new AIMessage({ content: '', tool_calls: [{ id: `call-${at}`, name, args: { page: at }, type: 'tool_call' }] })
      : new AIMessage('Done')
